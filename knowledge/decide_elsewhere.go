package knowledge

// elsewhere lists larger towns and the states of Germany, separated by commas, each with its spellings in
// other scripts and languages. A star marks names that are common words, too.
const elsewhere = `
Berlin|Берлин|Берлін|برلين|برلین|Berlîn,Hamburg|Гамбург|Хамбург|هامبورغ|هامبورگ|همبورغ|Hambourg,München|Мюнхен|ميونخ|ميونيخ|مونیخ|Munich|Münih|Monachium|Muenchen,
Köln|Кёльн|Кельн|Кьолн|كولونيا|كولن|کلن|Cologne|Kolonia|Keln,Frankfurt|Франкфурт|فرانكفورت|فرانکفورت|Francfort,
Stuttgart|Штутгарт|Щутгарт|شتوتغارت|اشتوتگارت|شتوتجارت,Düsseldorf|Дюссельдорф|Дюселдорф|دوسلدورف|دوسلدورف|دسلدورف,
Leipzig|Лейпциг|Лейпціг|Лайпциг|لايبزيغ|لایپزیگ|لايبزغ|Lipsk,Dortmund|Дортмунд|دورتموند,*Essen|Эссен|Ессен|Есен|اسن|إيسن,
Bremen|Бремен|بريمن|برمن|برمن|Brema,Dresden|Дрезден|درسدن|دريسدن|Drezno,Hannover|Ганновер|Хановер|هانوفر|هانوفر|Hanovre|Hanower|Hanover,
Nürnberg|Нюрнберг|نورنبرغ|نورنبرگ|Nuremberg|Norymberga,Duisburg|Дуйсбург|Дуисбург|دويسبورغ|دویسبورگ,Bochum|Бохум|بوخوم,
Wuppertal|Вупперталь|Вупертал|فوبرتال,Bielefeld|Билефельд|Білефельд|Билефелд|بيلفيلد|بيليفيلد|بیلفلد|بیله‌فلد,Bonn|Бонн|Бон|بون,
Münster|Мюнстер|مونستر|مونستر|Muenster,Mannheim|Мангейм|Мангайм|مانهايم|مانهایم,Karlsruhe|Карлсруэ|Карлсруе|كارلسروه|کارلسروهه,
Augsburg|Аугсбург|اوغسبورغ|آگسبورگ,Wiesbaden|Висбаден|Вісбаден|فيسبادن|ویسبادن,Mönchengladbach|Мёнхенгладбах,Gelsenkirchen|Гельзенкирхен|Гельзенкірхен|غيلسنكيرشن,
Aachen|Аахен|Аахен|آخن|Aix la Chapelle|Akwizgran,Braunschweig|Брауншвейг|Брауншвайг|براونشفايغ,Kiel|Киль|Кіль|كيل|کیل,Chemnitz|Хемниц|Хемніц|كيمنتس,
Magdeburg|Магдебург|ماغديبورغ,Freiburg|Фрайбург|Фрейбург|فرايبورغ,Krefeld|Крефельд,*Halle,Mainz|Майнц|ماينز|Mayence|Moguncja,
Erfurt|Эрфурт|Ерфурт|ايرفورت,Lübeck|Любек|لوبيك,Oberhausen|Оберхаузен,Rostock|Росток|روستوك,Kassel|Кассель|Касел|كاسل|کاسل,*Hagen,Saarbrücken|Саарбрюккен,
Hamm|Хамм|هام,Mülheim,Potsdam|Потсдам|بوتسدام,Ludwigshafen|Людвигсхафен,Oldenburg|Ольденбург|Олденбург|اولدنبورغ,Leverkusen|Леверкузен,
Osnabrück|Оснабрюк|اوسنابروك|Osnabrueck,Solingen|Золинген|Золінген,Heidelberg|Гейдельберг|Хайделберг|هايدلبرغ,*Herne,Neuss|Нойс,Darmstadt|Дармштадт,
Paderborn|Падерборн|بادربورن|پادربورن,Regensburg|Регенсбург|Ратисбон,Ingolstadt|Ингольштадт,Würzburg|Вюрцбург,Fürth|Фюрт,Wolfsburg|Вольфсбург,
Offenbach|Оффенбах,Ulm|Ульм,Heilbronn|Хайльбронн,Pforzheim,Göttingen|Гёттинген|غوتنغن,Bottrop,Reutlingen,Koblenz|Кобленц|كوبلنز,Bremerhaven|Бремерхафен,
Recklinghausen,Erlangen|Эрланген,Bergisch Gladbach,Remscheid,Jena|Йена|Єна,Trier|Трир,Salzgitter|Зальцгиттер,Moers,*Siegen|Зиген,Hildesheim|Хильдесхайм|Гільдесгайм|هيلدسهايم,
Gütersloh|Гютерсло|غوترسلوه|گوترسلو|Guetersloh,Cottbus|Котбус,Kaiserslautern,Witten,Hanau,Schwerin|Шверин,Gera,Ludwigsburg,Esslingen,Iserlohn,Düren,Tübingen,
Flensburg,Zwickau,Gießen,Ratingen,Lünen,Villingen,Konstanz,Marl,Worms,Minden|Минден|Мінден|ميندن|میندن,Velbert,Norderstedt,Bamberg,Delmenhorst,Marburg|Марбург,Viersen,
Wilhelmshaven,Rheine,Gladbeck,Troisdorf,Dorsten,Arnsberg,Neumünster,Bocholt,Castrop Rauxel,Lüneburg,Landshut,Bayreuth,Lüdenscheid,Brandenburg,Aschaffenburg,
Dinslaken,Celle,Kempten,Fulda,Lippstadt|Липпштадт,Dessau,Aalen,Herford|Херфорд|Герфорд|هيرفورد|هرفورد|ههرفورد,Rüsselsheim,Dormagen,Plauen,Grevenbroich,Neuwied,Kerpen,Herten,
Bergheim,Wesel,Garbsen,Schwäbisch Gmünd,Friedrichshafen,Rosenheim,Görlitz,Langenfeld,Stralsund,Offenburg,Greifswald,Hürth,Neu Ulm,Euskirchen,Unna,Göppingen,
Hameln|Гамельн|Хамельн|هاملن,Menden,Stolberg,Eschweiler,Wetzlar,Goslar,Meerbusch,Hattingen,Langenhagen,*Singen,Baden Baden,Frankenthal,Sankt Augustin,Waiblingen,
Pulheim,Lingen,Bad Homburg,Nordhorn,Wolfenbüttel,Gummersbach,Ahlen,Bergkamen,Böblingen,Passau,Nettetal,Freising,Cuxhaven,Ibbenbüren,Kleve,Speyer,Bad Oeynhausen|Бад Эйнхаузен,
Bad Pyrmont,Bad Driburg,Bad Lippspringe,Bad Nenndorf,Bad Wünnenberg,Höxter|Хёкстер|هوكستر,Holzminden,Rinteln|Ринтельн,Bückeburg,Stadthagen,Warburg,Brakel,Steinheim,Nieheim,Marienmünster,Beverungen,
Büren,Salzkotten,Delbrück,Hövelhof,Altenbeken,Borchen,Lichtenau,Verl,Rietberg,Rheda Wiedenbrück,Schloß Holte Stukenbrock,Schloß Holte,Steinhagen,Harsewinkel,Halle Westfalen,Herzebrock Clarholz,
*Löhne,*Bünde,Vlotho,*Enger,Spenge,Hiddenhausen,Kirchlengern,Rödinghausen,Espelkamp,Lübbecke,Petershagen,Porta Westfalica,Hille,Rahden,Hüllhorst,Preußisch Oldendorf,Stemwede,
Soest,Werl,Warstein,Lippetal,Beckum,Oelde,Warendorf,Gronau,Coesfeld,Borken,Steinfurt,Greven,Emsdetten,Meschede,Brilon,Olpe,Melle,Alfeld,Einbeck,Northeim,Nienburg,Diepholz,Vechta,Cloppenburg,
Bayern|Бавария|Баварія|بافاريا|Bavaria|Bavière|Bavyera,Baden Württemberg,Hessen|Гессен|هيسن|Hesse,Niedersachsen|Нижняя Саксония|Нижня Саксонія|ساكسونيا السفلى|Lower Saxony|Basse Saxe,Sachsen|Саксония|Саксонія|Saxony,
Thüringen|Тюрингия|Тюрінгія|Thuringia,Rheinland Pfalz,Saarland,Schleswig Holstein,Mecklenburg Vorpommern,Sachsen Anhalt
`
