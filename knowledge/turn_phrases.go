package knowledge

import (
	"strings"

	"lotse/knowledge/text"
)

// phrases are the few words by which people steer a conversation, in twelve languages and as they are
// typed in chats. They say nothing of the matter; that is what the router is for.
type phrases struct {
	social  phraseSet // greetings, thanks
	unknown phraseSet // "I don't know"
	correct phraseSet // "no", "I meant": what follows replaces a fact
	follow  phraseSet // "and", "what if": what follows belongs to what was said
	detail  phraseSet // telephone, opening hours: about the answer that was given
	asking  phraseSet // who, where, how
	filler  phraseSet // pronouns, auxiliaries: no matter in them
}

func newPhrases() phrases {
	return phrases{
		social: newPhraseSet(socialWords), unknown: newPhraseSet(unknownWords),
		correct: newPhraseSet(correctWords), follow: newPhraseSet(followWords),
		detail: newPhraseSet(detailWords), asking: newPhraseSet(askingWords),
		filler: newPhraseSet(fillerWords, askingWords, followWords, correctWords),
	}
}

// phraseSet finds phrases in normalised words: by their first word, each as its words.
type phraseSet map[string][][]string

// newPhraseSet reads lists in which commas separate phrases.
func newPhraseSet(lists ...string) phraseSet {
	set := phraseSet{}
	for _, list := range lists {
		for phrase := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == '\n' }) {
			if w := text.Words(text.Normalise(phrase)); len(w) > 0 {
				set[w[0]] = append(set[w[0]], w)
			}
		}
	}
	return set
}

// at returns how many words the longest phrase has that starts at words[i]; 0: none does.
func (p phraseSet) at(words []string, i int) int {
	longest := 0
next:
	for _, phrase := range p[words[i]] {
		if len(phrase) <= longest || i+len(phrase) > len(words) {
			continue
		}
		for j, w := range phrase {
			if words[i+j] != w {
				continue next
			}
		}
		longest = len(phrase)
	}
	return longest
}

// count returns how many of the words belong to phrases.
func (p phraseSet) count(words []string) int {
	n := 0
	for i := 0; i < len(words); {
		k := p.at(words, i)
		n += k
		i += max(k, 1)
	}
	return n
}

// within tells whether a phrase starts among the first n words.
func (p phraseSet) within(words []string, n int) bool {
	for i := range min(n, len(words)) {
		if p.at(words, i) > 0 {
			return true
		}
	}
	return false
}

const socialWords = `hallo,hi,hey,moin,moin moin,guten morgen,guten tag,guten abend,gute nacht,schönen guten tag,servus,
grüß gott,tach,hallöchen,tschüss,ciao,bis dann,bis bald,wie gehts,wie geht es dir,wie geht es ihnen,wie läufts,alles gut,
danke,danke schön,danke sehr,dankeschön,vielen dank,vielen lieben dank,herzlichen dank,besten dank,danke für die hilfe,super,
prima,perfekt,toll,klasse,alles klar,ok,okay,okey,schönen tag noch,schönes wochenende,schönen feierabend,hat geklappt,sehr nett,
auf wiedersehen,hello,hi there,hey there,good morning,good afternoon,good evening,good night,thanks,thanks a lot,many thanks,
thank you,thank you so much,thank you very much,thx,ty,cheers,great,awesome,bye,goodbye,see you,how are you,how are you doing,
how is it going,what is up,whats up,have a nice day,that helped,nice to meet you,
привіт,вітаю,добрий день,доброго дня,добрий ранок,доброго ранку,добрий вечір,доброго вечора,дякую,дуже дякую,щиро дякую,
дякую за допомогу,як справи,як ти,до побачення,бувай,все вийшло,гарного дня,
привет,приветик,здравствуйте,здравствуй,здрасте,добрый день,доброе утро,добрый вечер,спасибо,спасибо большое,большое спасибо,
спасибо за помощь,как дела,как жизнь,до свидания,пока,благодарю,все получилось,хорошего дня,
السلام عليكم,سلام عليكم,وعليكم السلام,مرحبا,مرحبتين,اهلا,اهلا وسهلا,صباح الخير,مساء الخير,صباح النور,شكرا,شكرا جزيلا,شكرا كتير,
شكرا لك,مشكور,كيف حالك,كيف الحال,كيفك,شلونك,مع السلامة,يعطيك العافية,الله يعطيك العافية,تسلم,الله يسلمك,
merhaba,merhabalar,selam,selamlar,selamün aleyküm,selamun aleykum,günaydın,iyi günler,iyi akşamlar,iyi geceler,teşekkürler,
teşekkür ederim,çok teşekkürler,çok teşekkür ederim,çok sağ ol,sağ ol,sağolun,sağ olun,eyvallah,nasılsın,nasılsınız,naber,
ne haber,görüşürüz,hoşça kal,kolay gelsin,
سلام,درود,سلام علیکم,صبح بخیر,عصر بخیر,شب بخیر,روز بخیر,ممنون,ممنونم,خیلی ممنون,مرسی,متشکرم,سپاس,سپاسگزارم,تشکر,چطوری,
چطورید,حالت چطوره,حال شما چطوره,خوبی,خداحافظ,دستت درد نکنه,دست شما درد نکنه,
bonjour,bonsoir,salut,coucou,merci,merci beaucoup,merci bien,un grand merci,ça va,comment ça va,comment vas tu,comment allez vous,
au revoir,bonne journée,bonne soirée,bonne nuit,à bientôt,
bună,buna,bună ziua,bună dimineața,bună seara,salutare,mulțumesc,mulțumesc mult,multumesc,mersi,ce mai faci,ce faceți,la revedere,
o zi bună,noroc,
cześć,czesc,hej,dzień dobry,dobry wieczór,dobranoc,witam,witaj,dziękuję,dziękuję bardzo,dzięki,dzieki,wielkie dzięki,jak się masz,
co słychać,co tam,do widzenia,miłego dnia,na razie,
здравей,здравейте,здрасти,добър ден,добро утро,добър вечер,благодаря,много благодаря,мерси,как си,как сте,довиждане,чао,
лека нощ,приятен ден,
silav,slav,merheba,rojbaş,roj baş,beyanî baş,êvarbaş,êvar baş,şevbaş,şev baş,spas,gelek spas,spas dikim,sipas,çawa yî,tu çawa yî,
hûn çawa ne,çawanî,bi xatirê te,destxweş,dest xweş,bi xêr hatî`

const unknownWords = `weiß nicht,weiß ich nicht,weiß es nicht,weiß man nicht,weiß nich,weis nicht,weis ich nicht,wissen wir nicht,
weiß ich leider nicht,weiß ich noch nicht,weiß leider nicht,keine ahnung,kein plan,ka,k a,kp,unbekannt,unklar,nicht bekannt,
nicht sicher,bin mir nicht sicher,kann ich nicht sagen,egal,don t know,dont know,do not know,doesn t know,no idea,not sure,unknown,
unsure,idk,i can t say,dunno,не знаю,не знаємо,не відомо,невідомо,не впевнений,не впевнена,без поняття,гадки не маю,не знаем,
неизвестно,не уверен,не уверена,понятия не имею,без понятия,لا اعرف,لا اعلم,لا ادري,ما بعرف,مابعرف,ما اعرف,مش عارف,مش عارفة,
ما عندي فكرة,لست متاكد,لست متأكدة,مو متأكد,غير معروف,bilmiyorum,bilmiyoruz,bilmem,bilemiyorum,emin değilim,fikrim yok,belli değil,
نمی‌دانم,نمیدانم,نمی دونم,نمیدونم,نمی‌دانیم,مطمئن نیستم,معلوم نیست,خبر ندارم,je ne sais pas,je sais pas,sais pas,ne sait pas,
aucune idée,pas sûr,pas sûre,inconnu,nu știu,nu stiu,nu știm,habar nu am,habar n am,n am idee,nu sunt sigur,nu sunt sigură,
nie wiem,nie wiemy,nie mam pojęcia,nie jestem pewien,nie jestem pewna,nie wiadomo,не знам,не знаем,нямам представа,нямам идея,
не съм сигурен,не съм сигурна,nizanim,ez nizanim,em nizanin,nizane,ne diyar e,haya min jê nîne`

const correctWords = `nein,nee,nö,ne,doch,stimmt nicht,falsch,quatsch,sorry,korrektur,ich meinte,ich meine,meinte,vielmehr,
verschrieben,verwechselt,vertan,eigentlich,halt nein,ach nein,no,nope,wrong,actually,i meant,i mean,meant,rather,correction,mistake,
ні,неправильно,насправді,помилився,помилилась,помилка,точніше,я мав на увазі,я мала на увазі,нет,неверно,на самом деле,ошибся,
ошиблась,точнее,вернее,я имел в виду,я имела в виду,لا,لأ,غلط,خطأ,قصدي,اقصد,عفوا,آسف,اسف,بالاحرى,hayır,yok,yanlış,aslında,pardon,
yani,demek istediğim,نه,نخیر,اشتباه,اشتباه شد,منظورم,ببخشید,در واقع,non,si,faux,en fait,plutôt,je voulais dire,erreur,nu,greșit,
de fapt,scuze,adică,ba da,voiam să zic,nie,źle,pomyłka,pomyliłem,pomyliłam,właściwie,przepraszam,raczej,chodziło mi o,не,грешка,
сгреших,всъщност,извинете,по точно,исках да кажа,na,şaş,şaşî,bibore,rastî,ez dixwazim bêjim`

const followWords = `und,und wenn,und was wenn,und was ist wenn,was ist wenn,was wenn,aber,oder,wenn,falls,dann,also,and,and if,but,or,
what if,what about,how about,and what about,if,then,in case,а,і,й,та,але,а якщо,якщо,що як,тоді,и,но,а если,если,а что если,тогда,
و,واذا,ولو,اذا,لو,طيب,ماذا لو,وشو,ve,peki,peki ya,ya,ama,eğer,ya da,اگر,اگه,ولی,پس,و اگر,et,et si,mais,ou,si,alors,și,si,dar,sau,
dacă,daca,iar,atunci,și dacă,a jeśli,jeśli,ale,lub,albo,czy,co jeśli,a co jeśli,i,ами,ако,а ако,ами ако,или,û,lê,an,heke,eger,û heke`

const detailWords = `telefon,telefonnummer,nummer,rufnummer,adresse,anschrift,öffnungszeiten,sprechzeiten,geöffnet,offen,uhrzeit,
unterlagen,dokumente,mitbringen,mitnehmen,formular,email,e mail,mail,webseite,website,ansprechpartner,wo ist das,wo genau,wie teuer,
was kostet das,wie lange dauert das,wie lange dauert es,brauche ich einen termin,mit termin,ohne termin,phone,phone number,number,
address,opening hours,office hours,open,documents,papers,bring,form,contact,how long does it take,how much does it cost,
do i need an appointment,телефон,номер,адреса,адрес,години роботи,часы работы,графік,график,документи,документы,взяти з собою,
взять с собой,رقم,رقم الهاتف,هاتف,تلفون,عنوان,العنوان,ساعات الدوام,الدوام,اوراق,الاوراق,وثائق,مستندات,telefon numarası,numarası,
adresi,adres,çalışma saatleri,belgeler,evrak,hangi belgeler,شماره,شماره تلفن,تلفن,آدرس,نشانی,ساعت کاری,مدارک,چه مدارکی,téléphone,
numéro,adresse,horaires,heures d ouverture,documents,papiers,telefon,număr,adresa,program,acte,documente,numer,adres,godziny otwarcia,
dokumenty,работно време,hejmar,navnîşan,belge`

const askingWords = `wo,wer,wie,was,wann,wohin,woher,wem,wen,welche,welcher,welches,welchem,welchen,warum,wieso,weshalb,kann,darf,muss,
gibt es,gibts,who,where,how,what,which,when,why,whom,can i,can we,can he,can she,can you,may,must,should,do i,does,is there,are there,
хто,де,як,що,куди,коли,яке,який,яка,які,чому,чи,можна,кто,где,как,что,куда,когда,какой,какая,какое,какие,почему,можно,من,مين,اين,وين,
كيف,شو,ماذا,متى,اي,هل,لمين,فين,لوين,kim,kime,nerede,nereye,nereden,nasıl,ne,hangi,neden,niye,mi,mı,mu,mü,kaç,کی,کجا,چطور,چگونه,چه,چی,
کدام,چرا,آیا,qui,où,comment,que,quel,quelle,quels,quelles,quoi,pourquoi,quand,est ce,cine,unde,cum,ce,care,când,cui,kto,gdzie,jak,co,
który,która,które,kiedy,dlaczego,komu,dokąd,кой,къде,какво,коя,кое,кои,кога,защо,kî,ku,li ku,çawa,çi,kîjan,kengî,ji kê,çima`

const fillerWords = `ich,du,er,sie,es,wir,ihr,man,mein,meine,meinen,meinem,sein,seine,ihre,ihren,unser,unsere,der,die,das,den,dem,ein,eine,
einen,einem,einer,in,im,aus,von,zu,zum,zur,nach,bei,mit,für,seit,an,auf,am,ist,sind,bin,war,hat,habe,haben,hatte,wohnt,wohne,wohnen,lebt,lebe,
leben,bekommt,bekomme,bekommen,kriegt,kriege,kriegen,bezieht,beziehen,jetzt,schon,noch,auch,nur,ja,nicht,kein,keine,alle,glaub,glaube,
person,familie,frau,mann,kind,kinder,sohn,tochter,stadt,gemeinde,jahre,jahr,alt,i,he,she,it,we,they,you,my,his,her,our,their,the,a,an,at,
from,to,with,for,is,are,am,was,has,have,had,live,lives,living,get,gets,getting,receive,receives,now,already,still,only,yes,not,think,
year,years,old,town,city,family,person,я,він,вона,ми,вони,мій,моя,наш,у,в,на,з,із,до,від,має,маю,маємо,є,живе,живу,живемо,отримує,отримую,
отримуємо,зараз,вже,так,роки,років,рік,он,она,мы,они,мой,наша,с,из,от,у меня,у него,у нее,есть,живет,живем,получает,получаю,получаем,
сейчас,уже,да,лет,год,года,انا,هو,هي,نحن,نحنا,احنا,في,ب,مع,معي,معه,عنده,عندي,عندنا,ساكن,ساكنة,ساكنين,عايش,يسكن,اسكن,نسكن,هلا,الان,
نعم,سنة,سنين,سنوات,عمره,عمرها,عمري,ben,o,biz,onlar,benim,onun,bizim,bir,var,yok,oturuyor,oturuyorum,oturuyoruz,yaşıyor,yaşıyorum,
yaşıyoruz,alıyor,alıyorum,alıyoruz,şimdi,evet,yaşında,من,او,ما,آنها,در,از,به,با,است,هست,هستم,هستیم,دارد,دارم,داریم,زندگی,می,کند,کنم,کنیم,
کنند,می‌کند,می‌کنم,می‌کنیم,الان,بله,سال,ساله,je,tu,il,elle,nous,vous,ils,elles,mon,ma,mes,son,sa,notre,le,la,les,un,une,des,de,du,d,l,à,en,
dans,chez,avec,pour,est,sont,suis,a,ai,ont,avons,habite,habitons,habitent,vit,vivons,reçoit,touche,maintenant,déjà,oui,ans,an,eu,el,ea,noi,
ei,meu,mea,nostru,în,din,la,cu,pentru,este,e,sunt,suntem,are,am,avem,au,locuiește,locuiesc,locuim,primește,primesc,primim,acum,deja,da,
ani,ja,on,ona,my,oni,mój,moja,nasz,w,we,z,ze,do,na,jest,są,jestem,ma,mam,mamy,mają,mieszka,mieszkam,mieszkamy,dostaje,dostaję,dostajemy,
teraz,już,tak,lat,lata,аз,той,тя,ние,те,моят,моята,във,със,от,при,е,са,съм,има,имам,имаме,живея,живеем,получава,получавам,
получаваме,сега,вече,години,година,ez,ew,em,wan,min,me,li,ji,bi,de,re,e,in,heye,hene,dijî,dijîm,dijîn,rûdine,rûdinim,distîne,distînim,
distînin,niha,êdî,erê,salî`
