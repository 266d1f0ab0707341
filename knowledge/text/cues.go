package text

// cues are the function words of a language that the [Reader] goes by, in the notation of [Lexicon].
// They are knowledge about languages, not about a county, so they are code and no data.
type cues map[role]string

// cuesOf returns those of a language, phrases separated by semicolons.
func cuesOf(lang string) cues {
	switch lang {
	case "de":
		return germanCues()
	case "en":
		return englishCues()
	case "uk":
		return ukrainianCues()
	case "ru":
		return russianCues()
	case "bg":
		return bulgarianCues()
	case "pl":
		return polishCues()
	case "ro":
		return romanianCues()
	case "fr":
		return frenchCues()
	case "tr":
		return turkishCues()
	case "ku":
		return kurdishCues()
	case "ar":
		return arabicCues()
	case "fa":
		return persianCues()
	}
	return nil
}

func germanCues() cues {
	return cues{
		roleNo:       "kein*; ohne; koa; keener; weder; statt; anstatt; anstelle",
		roleNot:      "nicht; nich; net; nie; nix; nimmer",
		roleNotAfter: "nicht; nich; net; nichts; nix; kein*",
		roleFrom:     "von; aus; vom",
		roleTo:       "nach",
		roleAt:       "in; bei; um; im raum; stadt; gemeinde; ort; wohnort; wohnhaft; gemeldet; rathaus; amt; sozialamt; standesamt; jugendamt; ordnungsamt; burgerburo; wohngeldstelle; einwohnermeldeamt; wohnungsamt; meldeamt",
		roleLive:     "wohn*; leb*; gemeldet; zuhause; zu hause; untergebracht; umgezogen; gezogen; hingezogen; zugezogen; zieh*; umzieh*; zugewiesen; unterkunft",
		rolePast:     "fruher*; damals; vorher; ehemals; ehemalig*; war; waren; hatte; hatten; bisher; bis vor kurzem; zuvor",
		roleReject:   "abgelehnt*; ablehn*; negativ*; zuruckgezogen; eingestellt; widerruf*; abgewiesen",
		roleSpan:     "seit; vor; lang; lange; hier; schon seit; in deutschland; gearbeitet; arbeite*; verheiratet; gultig; warte*; dauer*; haft; berufserfahrung; erfahrung; schwanger*; titel; kurs; nachweis; ausbildung; lehre; schule; studiert; studium; mietvertrag; vertrag; bezahlt; eingezahlt; in den letzten; fur; nach; pro; alle; im jahr; eigene*",
		rolePaper:    "brief*; bescheid*; schreiben; termin*; einladung*; post; formular*; ablehnung*; mail; anruf; auskunft; mitarbeiter*; sachbearbeiter*; antwort; absage; vermittlungsvorschlag; nachricht; frau; herr",
		roleSelf:     "ich; wir; mir; uns; mich; bin; sind",
		roleSmall:    "jetzt; gerade; erst; schon; knapp; fast; ca; circa; etwa; ungefahr; und; aber; auch; ist; wird; wurde; inzwischen; mittlerweile; alter; er; sie; ein; eine; einen; einem; einer; von; der; die; das; mein; meine; meiner; meinem; meinen; deshalb; leider",
		rolePerson:   "er; sie; ihm; ihn; junge*; person; klient*; schuler*; madchen; jugendliche*; jahrgang; bewohner*; fluchtling; gefluchtete*; mandant*; patient*; teilnehmer*; kunde; kundin; ratsuchende*; nachbar*; freund*; bekannt*; cousin*; tante; onkel; oma; opa; eltern; mama; papa; sohne*; tochter*; kid; kids; kind*; baby; zwilling*; ehemann; ehefrau; partner*; typ; mann; azubi; frau; afghane; syrer*; iraker*; auszubildende*; enkel*; schwager*; schwieger*",
		roleUnit:     "euro; eur; km; kilometer; uhr; stunde*; std; tag; tage; tagen; woche*; monat*; monate*; prozent; quadratmeter; qm; m; zimmer; personen; pers; kind; kinder; kindern; mal; x; minute*; klasse*; kilo; cent; leute*; semester*; seite*; unterrichtsstunde*; ue; ects; versuch*; person; grad; km h; geschwister*; kopf*; antrag*; brief*; mann; familien; erwachsene*",
		roleTitle:    "herr; herrn; frau; familie; fam; hr; fr; eheleute; dr",
		roleStreet:   "strasse*; str; weg; allee; platz; ring; tor; berg; chaussee; hof; damm; gasse; heide; kreuz; tafel; land",
		roleSeat:     "bezirksregierung; arbeitsagentur; agentur fur arbeit; arbeitsamt; amtsgericht; landgericht; arbeitsgericht; sozialgericht; kreishaus; kreisverwaltung; hochschule; musikhochschule; berufskolleg; finanzamt; regierungsbezirk; firma; landestheater; kaserne",
		roleProof:    "anerkenn*; anerkannt; diplom*; *diplom; zeugnis*; *zeugnis; *zeugnisse; *abschluss; *urkunde; abschluss*; abschluss; gultig; zaehlt; zahlt; gilt; berufserlaubnis; beruf; gelernt*; ausgebildet*; gearbeitet; arbeitet; arbeiten; tatig; ausbildung; studiert; qualifikation*; approbation; meisterbrief*; vaterschaft*; fuhrerschein*; gleichwertig*; urkunde*; examen; nachqualifizier*", //nolint:misspell // not English
		roleWant:     "will; wollen; mochte*; wurde*; soll*; werden; wunsch*; darf; durfen; kann",
		roleBeside:   "bei; mit; und; sagt; sagte; meint; meinte; hilft; half; passt; passte; wollte; erzahl*; wohnt bei; lebt bei; zu",
		roleBorn:     "geb; geboren*; jahrgang; jg; geburtsjahr; geburtsdatum",
		roleApply:    "wo|wie|wann|woher|kann|kannst|konnen|konnte|darf|durfen bekomme|bekommt|bekommen|kriege|kriegt|kriegen|beziehe|bezieht|erhalte|erhalt; steht|stehen|zusteht|zustehen; antrag*; beantrag*; anspruch; berechtigt; zustandig; wer zahlt; bewilligt; zuschuss",
		roleReceive:  "bekomm*; *bezug; krieg*; bezieh*; erhalt*; erhalten; bezug; empfanger*; bezieher*; leb|lebe|lebt|leben|lebst von|vom; bekam|bekamen; beim jobcenter; ist|bin|sind|stehe|steht|stehen im; zahlt|bezahlt mir|uns|ihm|ihr|ihnen",
	}
}

func englishCues() cues {
	return cues{
		roleNo:       "no; any; without; neither; instead of; stopped getting",
		roleNot:      "not; never; t; don; dont; doesnt; isnt; no longer",
		roleNotAfter: "not; anymore; no more",
		roleFrom:     "from",
		roleTo:       "to",
		roleAt:       "in; near; at; town; city",
		roleLive:     "live*; living; moved; move; moving; stay*; resid*; registered; housed; accommodated",
		rolePast:     "was; were; had; used to; formerly; previously; former; before",
		roleReject:   "rejected; refused; denied; negative; withdrawn; revoked; turned down",
		roleSpan:     "for; since; ago; here; in germany; been; lived; worked; training; trainings; course; experience; job; contract; over; last; past; every; per; within; after; in; married; valid; pregnan*; hours",
		rolePaper:    "letter*; appointment*; form*; mail; email; call; invitation; decision; notice; lady; man; staff",
		roleSelf:     "i; we; me; my; us; our; im",
		roleSmall:    "now; just; only; almost; nearly; about; is; are; turned; s; who; he; she; of; a; the; and; my; his; our",
		rolePerson:   "he; she; him; her; son; sons; daughter*; kid; kids; child*; boy*; girl*; guy; lady; client; teen*; pupil; student; baby; twins; parents; mum; mom; dad; grand*; uncle; aunt; cousin; friend; neighbour; neighbor; person; man; woman; husband; wife; sister; brother; nephew; niece",
		roleUnit:     "euro; euros; eur; km; hours; hour; days; day; weeks; week; months; month; percent; kids; children; people; persons; times; rooms; minutes; am; pm; oclock; kilo; miles; years ago; of; others; more; letters; sisters; brothers",
		roleTitle:    "mr; mrs; ms; miss; herr; frau; family; dr",
		roleStreet:   "street; road; str; strasse*; avenue; square",
		roleSeat:     "court; employment agency; agentur fur arbeit; university; vocational college; company",
		roleProof:    "recogni*; degree; diploma; certificate*; qualification*; licen*; equivalen*; trained; worked; work as; working; profession; valid; validate*; accept*; practice; practise; experience; approbation; anerkennung",
		roleWant:     "want*; would like; wish*; plan*; going to; become; hope*",
		roleBeside:   "with; and; says; said; told; helps; thinks; at; by; thinks",
		roleBorn:     "born; birth year; year of birth; dob",
		roleApply:    "where|how|can|could|do|may|when|whether i|we|he|she|they|you get|receive|claim; apply*; applied; application*; entitled; eligible; claim; qualify; who pays; how to get; want|wants|need|needs to get; get help",
		roleReceive:  "get; gets; getting; got; receiv*; live|lives|living|survive on|off; is|am|are|re|m|s on; paid by; on",
	}
}

func frenchCues() cues {
	return cues{
		roleNo:       "pas de; pas d; sans; aucun*; plus de; plus d; ni",
		roleNot:      "pas; jamais; non",
		roleNotAfter: "non; refuse",
		roleFrom:     "de; d; depuis; du",
		roleTo:       "a; vers; pour",
		roleAt:       "a; au; en; in; ville; commune; pres de",
		roleLive:     "habit*; vi; vis; vit; vivons; vivent; vivre; demenag*; log*; resid*; inscrit*; install*; heberg*",
		rolePast:     "avant; ancien*; etai*; avai*; autrefois",
		roleReject:   "refus*; rejet*; negati*; deboute*",
		roleSpan:     "depuis; pendant; il y a; ici; en allemagne; experience; travail*; formation; pour; dans; apres; marie*; valable; enceinte; fait",
		rolePaper:    "lettre*; rendez; courrier; formulaire; decision; convocation; monsieur; dame",
		roleSelf:     "je; j; nous; me; moi; mon; ma; suis; on",
		roleSmall:    "maintenant; juste; presque; environ; a; ans; qui; il; elle; de; et; seulement; deja; mon; ma; notre; ai",
		rolePerson:   "il; elle; lui; fils; fille*; enfant*; garcon*; bebe; mari; femme; frere*; soeur*; mere; pere; grand*; client*; homme; jeune*; ado; neveu; niece; cousin*; ami*; jumeau*; parents; maman; papa",
		roleUnit:     "euros; euro; km; heures; heure; jours; mois; semaines; enfants; personnes; fois; pieces; minutes; pour; freres; soeurs",
		roleTitle:    "monsieur; madame; m; mme; mlle; famille; frau; herr",
		roleStreet:   "rue; strasse*; str",
		roleSeat:     "tribunal; universite; agence pour l emploi; agentur fur arbeit; entreprise", //nolint:misspell // not English
		roleProof:    "diplome*; reconna*; valid*; equivalen*; certificat*; travaill*; formation; metier; profession; anerkennung; licence",
		roleWant:     "veux; veut; voulons; voudrai*; aimerai*; souhait*; devenir",
		roleBeside:   "avec; et; chez; dit; pense; aide",
		roleBorn:     "ne; nee; naissance",
		roleApply:    "demander; demande|demandes de|d|du; droit a|au|aux; comment|ou|puis|peut|pouvons|peux obtenir|recevoir|toucher|avoir|on|je; qui paie|paye; depos*; postul*", //nolint:misspell // not English
		roleReceive:  "touch*; recoi*; recev*; percev*; percoi*; vivons|vis|vit de|du|avec; beneficiaire*; aide*|argent du|de|par; suis|est|sommes au",
	}
}

func romanianCues() cues {
	return cues{
		roleNo:       "fara; niciun*; nici",
		roleNot:      "nu; n; nu mai",
		roleNotAfter: "nu",
		roleFrom:     "din; de la; de",
		roleTo:       "la; in; spre",
		roleAt:       "in; la; langa; oras*; localitate*",
		roleLive:     "locui*; stau; stam; sta; mutat*; mut; traies*; trai*; domicili*; cazat*",
		rolePast:     "inainte; fost*; era*; aveam; avea",
		roleReject:   "respins*; refuz*; negativ*",
		roleSpan:     "de; acum; urma; aici; in germania; experienta; lucr*; munc*; curs; pentru; peste; vechime; casatorit*; timp; insarcinat*; peste",
		rolePaper:    "scrisoare*; program*; formular*; decizi*; doamna; domnul",
		roleSelf:     "eu; noi; mi; ma; sunt; suntem; am; avem",
		roleSmall:    "acum; abia; aproape; cam; are; de; care; el; ea; si; doar; deja; meu; mea; lui; mele",
		rolePerson:   "el; ea; lui; ei; fiu*; fiica*; baiat*; fat*; copil*; bebe*; sot*; frat*; sor*; mam*; tat*; bunic*; nepot*; nepoat*; client*; barbat*; femei*; tanar*; var; verisoara; prieten*; gemeni*; parinti*",
		roleUnit:     "euro; km; ore; ora; zile; luni; saptamani; copii; persoane; ori; camere; minute; oameni; frati",
		roleTitle:    "domnul; doamna; familia; dl; dna; frau; herr",
		roleStreet:   "strada; str; strasse*",
		roleSeat:     "tribunal*; judecatori*; universitate*; agentur fur arbeit; firma",
		roleProof:    "diplom*; recuno*; recunoast*; echival*; certificat*; lucra*; lucrez; meseri*; profesi*; calific*; valab*; anerkennung; atestat*",
		roleWant:     "vreau; vrem; vrea; doresc; dori*; as vrea",
		roleBeside:   "cu; si; la; spune; zice; ajuta",
		roleBorn:     "nascut*",
		roleApply:    "cer; cere*; solicit*; cum|unde|pot|putem|poate iau|primesc|obtin|obtine|primi|lua; drept la; dreptul; depun*; cine plateste",
		roleReceive:  "primesc; primim; primeste; primit*; iau; luam; incas*; traim|traiesc din|de; sunt|suntem|este pe",
	}
}

func polishCues() cues {
	return cues{
		roleNo:       "bez; zadn*; brak",
		roleNot:      "nie; nigdy; ani; przesta*",
		roleNotAfter: "nie; nic",
		roleFrom:     "z; ze; od",
		roleTo:       "do; na",
		roleAt:       "w; we; kolo; miasto; miescie; pod",
		roleLive:     "mieszk*; zamieszk*; przeprowadz*; zyj*; zameldowan*; przenios*; przenies*",
		rolePast:     "wczesniej; byl*; mial*; dawniej; poprzedni*",
		roleReject:   "odrzuc*; odmow*; negatywn*",
		roleSpan:     "od; temu; tu; tutaj; w niemczech; doswiadczeni*; pracuj*; pracowal*; kurs*; przez; po; lat temu; stazu; malzenst*; za; ciaz*",
		rolePaper:    "list; pismo; termin*; formularz*; decyzj*; pani; pan",
		roleSelf:     "ja; my; mi; mnie; mam; mamy; jestem; jestesmy",
		roleSmall:    "teraz; tylko; prawie; okolo; ma; mial; skonczyl*; jest; on; ona; i; juz; moj; moja; mojej; mojego; mojemu",
		rolePerson:   "on; ona; mu; jej; syn*; cork*; corc*; dzieck*; dziec*; chlop*; dziewcz*; maz; mez*; zon*; brat*; siostr*; mam*; tat*; ojc*; ojciec; matk*; bab*; dziad*; klient*; mezczyzn*; kobiet*; mlod*; nastolat*; kuzyn*; blizniak*; wnuk*; wnuczk*; rodzic*",
		roleUnit:     "euro; km; godzin*; dni; miesiec*; miesiac*; tygodni*; osob*; osoby; raz*; pokoj*; minut*; ludzi; dzieci",
		roleTitle:    "pan; pani; panstwo; rodzina; frau; herr",
		roleStreet:   "ulica; ul; strasse*; str",
		roleSeat:     "sad; uniwersytet*; agentur fur arbeit; urzad pracy; firma",
		roleProof:    "dyplom*; uzna*; nostryfik*; swiadectw*; zawod*; kwalifik*; pracowal*; pracuj*; wyksztalc*; wykszta*; wazn*; certyfikat*; anerkennung; uprawnieni*",
		roleWant:     "chce; chcemy; chcialb*; chcialab*; zamierza*",
		roleBeside:   "z; i; u; mowi; mysli; pomaga",
		roleBorn:     "urodzon*; ur; rocznik",
		roleApply:    "wnios*; zlozyc; ubiega*; jak|gdzie|czy|moge|mozemy|mozna dostac|dostane|dostaniemy|moge|otrzymac|nalezy; prawo do; przysluguj*; kto placi; stara* sie",
		roleReceive:  "dosta*; otrzym*; pobier*; zyj*|zyjemy z; jestem|jestesmy|jest na; bior*; mamy; mam; korzyst*",
	}
}
