"""What made-up people talk about, in their languages. All of it invented; none of it is
anybody's."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Community:
    """People who share a language and some hashtags; the first ones are the most used."""

    name: str
    language: str
    tags: tuple[str, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Names:
    """Parts that make names of one language; family names may be empty."""

    given: tuple[str, ...]
    family: tuple[str, ...]


def _community(name: str, language: str, tags: str, *sentences: str) -> Community:
    return Community(name, language, tuple(tags.split()), sentences)


_EN: Final = (
    "Cannot stop thinking about this",
    "Half of my timeline is about this today",
    "Finally some good news",
    "Anyone else following this? Asking for a friend",
    "Hot take: it was better last year",
    "Took a while, but here we are",
    "This is how my morning starts",
    "Three things I learned this week",
    "Not sure what to make of it yet",
    "OK, that was worth the wait",
)

COMMUNITIES: Final = (
    _community(
        "data",
        "en",
        "DataEngineering ApacheKafka OpenData Python BigData SQL ApacheSpark StreamProcessing DataViz MySQL MLOps"
        " Lakehouse DataQuality Superset EventDriven",
        *_EN,
        "Backfill finished, 0 rows lost",
        "Why is it always the time zone",
        "Our pipeline ran all night without a single page",
    ),
    _community(
        "sport",
        "en",
        "WorldCup MatchDay Cycling Marathon TennisOpen GoalOfTheWeek Basketball F1 Climbing Swimming TeamSpirit",
        *_EN,
        "What a finish!",
        "Extra time again, my heart",
        "Legs are gone but the medal is mine",
    ),
    _community(
        "music",
        "en",
        "NowPlaying NewMusicFriday LiveMusic IndieRock Vinyl Jazz SynthWave FestivalSeason Remix ChoirNight",
        *_EN,
        "On repeat since breakfast",
        "The encore alone was worth the ticket",
    ),
    _community(
        "planet",
        "en",
        "ClimateAction Aurora StormWatch Birding SolarPower NightSky Heatwave Rewilding BikeToWork OceanDay Snowfall",
        *_EN,
        "Sky looks unreal tonight",
        "Counted 41 species before coffee",
    ),
    _community(
        "daily",
        "en",
        "MondayMotivation CatsOfX Breakfast Books Caturday TravelTuesday BoardGames Gardening ThrowbackThursday Coffee"
        " PhotoOfTheDay",
        *_EN,
        "The cat has opinions about the new sofa",
        "Page 300 and I did not see that coming",
    ),
    _community(
        "france",
        "fr",
        "Été Cinéma RugbyDuDimanche Météo Élections2026 Marché TGV Festival Pâtisserie Forêt",
        "Quelle soirée, on en parle encore",
        "Le train est à l'heure, je répète, à l'heure",
        "Ça sent l'été à plein nez",
        "Rien de tel qu'un café en terrasse",
        "On y croit jusqu'au bout",
    ),
    _community(
        "hispano",
        "es",
        "FútbolTotal BuenosDías CineEspañol LunesDeGanas Terremoto Carnaval Ajedrez Recetas Eclipse2026 Barrio",
        "¡Qué partidazo, no me lo creo!",
        "Buenos días desde la ventana",
        "Hoy toca cocinar con la abuela",
        "Nadie esperaba este final",
        "Alguien más lo ha sentido?",
    ),
    _community(
        "brasil",
        "pt",
        "Futebol SextouBrasil Carnaval2026 MúsicaBoa CaféDaManhã Novela Amazônia Praia Promoção",
        "Que jogo, minha gente",
        "Sextou e eu ainda no trabalho",
        "Não tem praia igual a essa",
        "Esse final me pegou de surpresa",
    ),
    _community(
        "deutsch",
        "de",
        "Straße Tatort Bundesliga Wetter Energiewende Frühstück Bahn Wahlabend Wandern Fußball",
        "Die Bahn kommt, nur wann",
        "Heute endlich wieder in den Bergen",
        "Was für ein Spiel gestern Abend",
        "Erst mal Kaffee, dann die Welt retten",
    ),
    _community(
        "nihon",
        "ja",
        "おはよう 桜 アニメ 猫 花火 台風 ラーメン 夕焼け 将棋 新幹線 推し活",
        "今日も一日がんばりましょう",
        "空がとてもきれいでした",
        "並んだかいがありました",
        "うちの猫がまた箱に入っています",
        "最終回、泣いてしまった",
    ),
    _community(
        "hanguk",
        "ko",
        "컴백 출근길 야구 맛집 첫눈 주말 드라마 여행 고양이 불꽃축제",
        "오늘 하늘 진짜 예쁘다",
        "이번 주말만 기다렸어요",
        "드디어 먹어 봤는데 정말 맛있네요",
        "마지막 회 보고 울었어요",
    ),
    _community(
        "arabi",
        "ar",
        "صباح_الخير رمضان كرة_القدم قهوة أمطار تقنية كتاب العيد صورة_اليوم",
        "صباح جميل للجميع",
        "مباراة لا تنسى",
        "قهوة وكتاب، ماذا أريد أكثر",
        "المطر لم يتوقف منذ الفجر",
    ),
    _community(
        "bharat",
        "hi",
        "क्रिकेट दिवाली मानसून चाय सुप्रभात सिनेमा रेलवे योग",
        "क्या शानदार मैच था",
        "बारिश और चाय, और क्या चाहिए",
        "आज का सूर्योदय देखने लायक था",
    ),
    _community(
        "ukraina",
        "uk",
        "Ранок Київ Кава Весна Книги Футбол Наука Море",
        "Доброго ранку всім",
        "Кава і гарна книга",
        "Який матч, слів немає",
    ),
    _community(
        "turkiye",
        "tr",
        "Günaydın Derbi İstanbul Çay Deprem Dizi Yağmur Tatil",
        "Günaydın, güzel bir gün olsun",
        "Böyle bir maç görmedim",
        "Çay demlendi, buyurun",
    ),
)

NAMES: Final = {
    language: Names(tuple(given.split()), tuple(family.split()))
    for language, given, family in (
        (
            "en",
            "Ada Noah Iris Owen Maya Leo Ruth Finn Zoe Hugo Nell Amir",
            "Brook Hale Marsh Okoro Pike Lund Vale Rowe",
        ),
        (
            "fr",
            "Élise Théo Inès Loïc Chloé Maël Zoé Noé",
            "Chêne Rivière Dubois Lefèvre Moulin Perrin",
        ),
        (
            "es",
            "Lucía Íñigo Sofía Andrés Inés Ramón Begoña Óscar",
            "Peña Núñez Ríos Castaño Vega Muñiz",
        ),
        ("pt", "João Luísa Tainá Caio Inês Davi", "Araújo Brandão Leão Simões Falcão"),
        ("de", "Jörg Anneke Björn Käthe Malte Grete", "Groß Bäcker Lindner Weiß Müller Kühn"),
        ("ja", "さくら 蓮 陽菜 湊 ひかり 大和 つむぎ 樹", "青木 小林 森 高橋 石田 星野"),
        ("ko", "서준 하은 도윤 지우 민서 예린", "김 박 최 정 한 윤"),
        ("ar", "ليلى يوسف نور كريم سلمى طارق", "النجار حداد سليم منصور"),
        ("hi", "आरव दीया ईशान मीरा कबीर तारा", "शर्मा नायर पटेल राव"),
        ("uk", "Оленка Тарас Соломія Богдан Ївга Лесь", "Гай Мельник Верба Коваль"),
        ("tr", "Çağla İpek Uğur Gökçe Şule Ömer", "Yıldız Kılıç Doğan Öz"),
    )
}


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


HANDLE_STARTS: Final = _words(
    "quiet maple tiny north paper solar velvet rapid amber lunar mossy copper hollow misty brave cosmic salty plain"
)
HANDLE_ENDS: Final = _words(
    "fjord radio rocket otter kite harbor pixel lantern comet meadow finch tram lake cactus"
)
EMOJI: Final = _words("🎉 🌊 ☕ 🔥 ❤️ 😂 🙏 🚀 🌸 ⚽ 🐈 🌙 👩‍💻 🇫🇷 ✨ 🥐 📈 👨‍👩‍👧")
