package text

// hints tell a language from those in the same script.
type hints struct {
	letters string   // that only it has
	words   string   // small words, a space before and after each
	parts   []string // of words, a space for their ends
}

func hintsOf(lang string) hints {
	switch lang {
	case "de":
		return hints{
			letters: "ßä",
			words:   " der die das ein eine einen einem einer und oder aber ich du er sie es wir ihr mich dich uns euch mir dir ihm ihn ihnen nicht kein keine keinen ist sind war bin bist hat habe haben hatte wird werden wurde kann muss soll will darf möchte mit für von vom zu zum zur bei beim nach aus auf im am an in über unter vor seit wo wie was wer wann warum welche welcher welches wohin woher mein meine meinen meiner meinem sein seine seiner seinem unser unsere noch schon nur auch so wenn dass weil denn doch jetzt hier da dort mal bitte danke hallo guten tag moin gibt gibts brauche braucht nix nich jemand wem wen dem den des als bis um ohne gegen sich man mehr sehr dann damit dafür zuständig amt kind kinder frau mann geld ja nein weiß weiss beantragen bekommt bekomme kriegt kriege wohnt wohne antrag neue neuen keiner schule termin ab u ",
			parts:   []string{"sch", "ung ", " ge", "lich", "keit", "ei", "tz", "pf", "ch "},
		}
	case "en":
		return hints{
			words: " the a an and or but i you he she it we they me him her us them my your his our their is are was were am be been do does did don't dont not no can could would should will may must have has had with for from of to at in on by about into where what who when why how which that this these those there here need want get help please thanks hello hi someone anybody somebody if because so just still now any some all since after before up out i'm it's he's she's i've im isn't doesn't can't cant live moved child kids son daughter who's money job ",
			parts: []string{"th", "ing ", "wh", "ould", "tion", "y ", "ght", "ee", " w", "ck"},
		}
	case "fr":
		return hints{
			letters: "èœùàôéÿ",
			words:   " le la les un une des du de d l et ou mais je j tu il elle on nous vous ils elles me m te se s mon ma mes son sa ses notre votre leur est sont suis es était a ai as avez avons ont n ne pas plus non oui avec pour par sur dans en à au aux chez où comment quoi qui que qu quand pourquoi quel quelle quels quelles ce c cette ces ça y peut peux pouvez veux veut faut fait faire dois doit besoin aide merci bonjour salut papier papiers enfant enfants mari femme fille fils argent travail école si très aussi encore depuis sans ici là mais donc bureau demande demander aller habite ",
			parts:   []string{"eux ", "aux ", "eau", "ement ", "ais ", "ait ", "qu", "ou", "oi", "ez ", "tre "},
		}
	case "ro":
		return hints{
			letters: "ăâțșţş",
			words:   " si și sau dar eu tu el ea noi voi ei ele mă ma te se ne vă va îmi imi îți iti își isi mi ti lui meu mea mei mele este e sunt sînt suntem am ai are avem aveți au era fost nu da cu pentru de la din pe în in prin sub fără fara unde cum ce cine când cand care cât cat cui vreau vrea vrem pot poate putem trebuie știu stiu o un unei unui ni mai foarte acum aici acolo deja încă inca după dupa să sa că ca dacă daca ajutor bani copil copii copilul copiii soția sotul soțul soția fiul fiica locuim locuiesc stau lucrez primesc primim caut hârtie hartie acte școală scoala cerere buna bună ziua salut mulțumesc multumesc cineva nimic fac face iau al ale as aș ",
			parts:   []string{"ului ", "ele ", "ul ", "ea ", "ii ", "esc ", "ează ", "ati ", "este ", "ului"},
		}
	case "pl":
		return hints{
			letters: "ąęłńśźżćó",
			words:   " i a w z na do nie tak jest są jestem jesteśmy jestesmy mam ma mamy mają maja się sie co jak gdzie kto kiedy dlaczego który która które czy że ze to ten ta te tego tej tym dla od po za przez bez pod o u mi mnie mój moj moja moje mojego mojej mu jej go ich nam nas my on ona oni ja ty pan pani już juz jeszcze tylko ale lub albo bo by być byc może moze mogę moge można mozna muszę musze trzeba chcę chce chciałbym proszę prosze dziękuję dzien dobry pomoc pomoże pieniądze dziecko dzieci syn córka żona mąż mieszkam mieszka mieszkamy praca pracę szukam potrzebuję jakie jaki jaką gdy ",
			parts:   []string{"sz", "cz", "rz", "dz", "wi", "nie", "ego ", "ej ", "ów ", "owa", "prz", "ie ", "w "},
		}
	case "tr":
		return hints{
			letters: "ığş",
			words:   " ve veya ama ben sen o biz siz onlar bir bu şu ne nasıl nasil nerede nereden nereye nerde kim kime hangi neden niye için icin ile gibi kadar daha en çok cok var yok değil degil mi mı mu mü da de ki benim senin bizim sizin onun bana sana bize size ona beni seni bizi onu evet hayır merhaba selam teşekkürler lütfen istiyorum istiyor istiyoruz lazım lazim gerek gerekiyor oldu olan olarak yeni her hiç hic sonra önce once şimdi simdi burada buraya çocuk cocuk çocuğum oğlum oglum kızım kizim eşim esim annem babam kocam para okul iş ev yardım yardim kaç nedir olur ya ",
			parts:   []string{"ıyor", "iyor", "uyor", "yor", "lar ", "ler ", "dan ", "den ", "ım ", "acak", "ecek", "mak ", "mek ", "iz ", "um ", "ya ", "ye "},
		}
	case "ku":
		return hints{
			letters: "êûîŞ",
			words:   " ez tu ew em hûn hun min te wî wi wê we me wan ye ne na bi ji li di de da re ra û u ku ko çi ci kî ki çawa cawa kengî çima kîjan bo ber ser bin nav heye hene nîne nine tune dixwazim dixwazin dixwaze dikarim dikarin dikare çawan gelo erê ere belê silav spas ji bo yek du sê her gelek pir niha îro vir wir kur keç keça kurê zarok zarokên zarokê mala malê jina mêrê bavê diya dibistan dibistanê pere pereyan alîkarî alikarî alîkariyê kar karî kî ka îja jî ji yên yê ya xwe hatin hatim hat çû dijîm dijîn dixebitim bigirim wergirim bistînim ev vê vî van wer dibe nikarim nikare nizanim divê ",
			parts:   []string{"ê ", "ên ", "îm ", "im ", "in ", "xw", " di", "jî", "ek ", "iyê", "dik", "dix", " bi", "kir"},
		}
	}
	return hintsEast(lang)
}

func hintsEast(lang string) hints {
	switch lang {
	case "uk":
		return hints{
			letters: "іїєґ",
			words:   " і й та або але я ти він вона воно ми ви вони мене мені тебе його йому її їй нас нам вас вам їх їм мій моя моє мої що як де хто коли чому який яка яке які куди звідки чи не ні так це цей ця ці той до в у на з із зі за по при про від для без через після між під над є був була були буде бути треба потрібно можна можу може хочу хоче допоможіть допомога дякую привіт добрий день будь ласка дитина діти донька доньці син сину чоловік дружина школа гроші робота живу живемо тут там вже ще тільки дуже якщо щоб бо оформити отримати звернутися отримую маю маємо мати ",
			parts:   []string{"ти ", "ння", "ою ", "ськ", "ує", "ають", "ють ", "ій ", "цьк", "ві"},
		}
	case "ru":
		return hints{
			letters: "ыэё",
			words:   " и или но я ты он она оно мы вы они меня мне тебя его ему её ее ей нас нам вас вам их им мой моя моё мои что как где кто когда почему какой какая какое какие куда откуда ли не нет да это этот эта эти тот до в у на с со из за по при про от для без через после между под над есть был была были будет быть надо нужно можно могу может хочу хочет помогите помощь спасибо привет здравствуйте пожалуйста ребенок ребёнок дети дочь дочка дочке сын сыну муж жена школа деньги работа живу живем живём тут здесь там уже ещё еще только очень если чтобы потому оформить получить обратиться получаю получаем у и ",
			parts:   []string{"ть ", "ние", "ого ", "ый ", "ой ", "ться", "ет ", "ски", "ия ", "его", "ы"},
		}
	case "bg":
		return hints{
			letters: "",
			words:   " и или от но аз ти той тя то ние вие те ме ми те ти го му я ѝ ни ви ги им мой моя моята моят мое мои какво как къде кой коя кое кои кога защо не да ли е са съм сме сте си се беше бях ще няма има имам имаме имат на в във с със от до за по при през след без под над върху това този тази тези тук там вече още само много ако че но трябва може мога можем искам искаме иска помощ благодаря здравейте здрасти моля дете детето деца децата дъщеря дъщеря син синът мъжът жена училище пари работа живея живеем получавам получаваме къде някой нещо никой нас нея него един една едно кандидатствам ",
			parts:   []string{"ът ", "та ", "то ", "те ", "ия ", "ат ", "ъ", "щ", "ме ", "ва "},
		}
	case "ar":
		return hints{
			letters: "ةىإأئؤ",
			words:   " في من على إلى الى عن مع هل ما ماذا كيف أين اين وين متى لماذا ليش شو مين من أنا انا نحن نحنا هو هي هم هذا هذه هاد هي ذلك لا نعم ليس مو مش كان لي لنا له لها عندي عنا معي بدي بدنا أريد اريد نريد ابني بنتي زوجي زوجتي أولادي اولادي أمي ساكن ساكنة نسكن اسكن يوجد لم لن قد كل بعد قبل هون هنا الآن هلأ لسا لسه بس أو او و ثم إذا اذا لو عم كتير أي اي ممكن شكرا مرحبا السلام عليكم مساعدة شغل بيت مدرسة فلوس مصاري صار يلي اللي التي الذي ولا فيني لازم بخصوص عشان علشان مشان حتى ",
			parts:   []string{" ال", " وال", " بال", " لل", "ة ", "ات ", "ني ", "نا ", "ها "},
		}
	case "fa":
		return hints{
			letters: "پچژگکی",
			words:   " در از به با را برای که این آن و یا من تو او ما شما آنها است هست هستم هستیم نیست بود بودم شد شده می نمی کند کنم کنید کنیم دارم دارد داریم ندارم ندارد کجا چطور چگونه چه چی کی کدام چرا باید توانم تواند خواهم خواهیم خواهد باشد پسرم دخترم بچه بچه\u200cها همسرم شوهرم خانواده مادرم پدرم زندگی کار مدرسه پول کمک لطفا سلام مرسی ممنون هم یک تا اگر ولی اما هنوز الان حالا اینجا آنجا دیگر نه بله خیلی روی بعد قبل هر بدهم بگیرم میخواهم میخوام بیمه درخواست آیا رو تون مون خانه ",
			parts:   []string{"می", "های", "ان ", "ای ", " نمی", "ید ", "یم ", "ند ", "ست ", "ام "},
		}
	}
	return hints{}
}
