"""The default texts of a site in other languages, by language, section and name. The English ones are in `settings`.

Also how these languages write dates and numbers, and their forms of nouns by number (Unicode CLDR, cardinals).
"""

import re
from functools import cache
from itertools import takewhile
from typing import Any, NamedTuple

Words = dict[str, dict[str, Any]]
"""Texts; `labels` has a mapping `pages`."""


class Calendar(NamedTuple):
    """How a language writes a `day`, a `month` of a year and, with a `separator`, large numbers."""

    day: str
    month: str
    months: tuple[str, ...]
    separator: str


class _Tag(NamedTuple):
    """What an IETF tag (RFC 5646) says, in small letters; empty texts where it does not."""

    language: str
    script: str
    region: str

    @property
    def is_traditional(self) -> bool:
        """Whether it means Chinese in traditional characters."""
        return self.language == "zh" and (self.script or self.region) in ("hant", "hk", "mo", "tw")


@cache
def words(language: str | None) -> Words:
    """The defaults for a language; `de-AT` has those of `de`. Empty for English and for languages without a translation, also
    if they are in another script.
    """
    tag = _tag(language)
    found = _WORDS.get(tag.language, {}) if is_known(language) else {}
    return _traditional(found) if tag.is_traditional else found


def is_known(language: str | None) -> bool:
    """Whether there are words in a language."""
    tag = _tag(language)
    scripts = ("", *_SCRIPTS.get(tag.language, ("latn",)))
    return tag.language in _CALENDARS and tag.script in scripts


def is_rtl(language: str) -> bool:
    """Whether a language is written from right to left."""
    tag = _tag(language)
    if tag.script:
        return tag.script in ("adlm", "arab", "aran", "hebr", "nkoo", "rohg", "syrc", "thaa")
    return tag.language in ("ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi")


def calendar(language: str) -> Calendar:
    """The calendar of a language, or the English one."""
    tag = _tag(language)
    found = _CALENDARS[tag.language if is_known(language) else "en"]
    return found._replace(separator=_SEPARATORS.get((tag.language, tag.region), found.separator))


def form(language: str, number: int, forms: int) -> int:
    """Which of the forms of a text a number takes: `one | other`, or the six of Arabic."""
    if forms == 6:
        of_hundred = number % 100
        return number if number < 3 else 3 if 3 <= of_hundred <= 10 else 4 if of_hundred >= 11 else 5
    tag = _tag(language)
    is_one = number == 1 or (number == 0 and tag.language in ("fr", "pt") and tag.region != "pt")
    return 0 if forms == 1 or is_one else 1


def _tag(language: str | None) -> _Tag:
    first, *rest = (language or "").lower().split("-")
    subtags = list(takewhile(lambda one: len(one) > 1, rest))  # then come extensions
    if subtags and len(subtags[0]) == 3 and subtags[0].isalpha():  # an extended language: `zh-yue` is not Mandarin
        first = first if subtags.pop(0) == "cmn" else ""
    script = next((one for one in subtags if len(one) == 4 and one.isalpha()), "")
    region = next((one for one in subtags if len(one) == 2 or (len(one) == 3 and one.isdigit())), "")
    return _Tag(first, script, region)


def _traditional(value: Any) -> Any:
    """The same in traditional characters, and in words that are usual with them."""
    if isinstance(value, dict):
        return {name: _traditional(one) for name, one in value.items()}
    return _SIMPLIFIED.sub(lambda found: _TRADITIONAL[found[0]], value)


def _named(names: str) -> tuple[str, ...]:
    return tuple(names.split())


def _numbered(unit: str) -> tuple[str, ...]:
    return tuple(f"{month}{unit}" for month in range(1, 13))


_TRADITIONAL = dict(
    pair.split("=")
    for pair in _named(
        "订阅源=訂閱來源 复制=複製 搜索=搜尋 查找=尋找 保存=儲存 联系=聯絡 邮箱=電子郵件 应用=應用程式 选中=選取 地址=網址 "
        "导入=匯入 定制=自訂 质量=品質 生成=產生 列表=清單 当前=目前 条形=長條 “=「 ”=」 "
        "个=個 为=為 会=會 关=關 内=內 别=別 单=單 围=圍 处=處 导=導 应=應 开=開 当=當 择=擇 数=數 无=無 时=時 显=顯 "
        "条=條 来=來 标=標 检=檢 没=沒 浏=瀏 热=熱 现=現 筛=篩 类=類 约=約 组=組 结=結 统=統 联=聯 览=覽 计=計 订=訂 "
        "许=許 词=詞 请=請 读=讀 账=帳 质=質 这=這 选=選 邮=郵 间=間 阅=閱 页=頁 题=題 号=號 于=於 么=麼 范=範 据=據 "
        "并=並 种=種 优=優 确=確 网=網 周=週"
    )
)
"""The words and characters of the simplified texts that differ. Words come first."""
_SIMPLIFIED = re.compile("|".join(_TRADITIONAL))

_SCRIPTS = {"ar": ("arab",), "ja": ("jpan",), "zh": ("hans", "hant")}
"""The scripts of the translations that are not Latin."""

_SEPARATORS = {
    ("de", "at"): "\u00a0",
    ("de", "ch"): "’",
    ("de", "li"): "’",
    ("pt", "pt"): "\u00a0",
    ("es", "cr"): "\u00a0",
    **{("es", one): "," for one in ("419", "bz", "cu", "do", "gt", "hn", "mx", "ni", "pa", "pe", "pr", "sv", "us")},
    **{("ar", one): "." for one in ("dz", "lb", "ly", "ma", "mr", "tn")},
}
"""Where a region separates numbers in another way than its language (Unicode CLDR)."""

_CALENDARS = {
    "en": Calendar("{day} {month} {year}", "{month} {year}", _named("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"), ","),
    "de": Calendar(
        "{day}. {month} {year}",
        "{month} {year}",
        _named("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
        ".",
    ),
    "fr": Calendar(
        "{day} {month} {year}",
        "{month} {year}",
        _named("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
        "\u202f",
    ),
    "es": Calendar(
        "{day} de {month} de {year}",
        "{month} de {year}",
        _named("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
        ".",
    ),
    "pt": Calendar(
        "{day} de {month} de {year}",
        "{month} de {year}",
        _named("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
        ".",
    ),
    "ar": Calendar(
        "{day} {month} {year}",
        "{month} {year}",
        _named("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"),
        ",",
    ),
    "ja": Calendar("{year}年{month}{day}日", "{year}年{month}", _numbered("月"), ","),
    "zh": Calendar("{year}年{month}{day}日", "{year}年{month}", _numbered("月"), ","),
}


_WORDS: dict[str, Words] = {
    "de": {
        "site": {"description": "Die neuesten Artikel."},
        "titles": {
            "provider": "{site}: von {name}",
            "category": "{site}: Kategorie {name}",
            "type": "{site}: Art {name}",
            "author": "{site}: Artikel von {name}",
            "provider_topic": "{site} von {name}",
        },
        "descriptions": {
            "topic": "Die neuesten Artikel über {name}.",
            "provider": "Die neuesten Artikel von {name}.",
            "category": "Die neuesten Artikel der Kategorie {name}.",
            "type": "Die neuesten Artikel der Art {name}.",
            "author": "Die neuesten Artikel von {name}.",
            "provider_topic": "Die neuesten Artikel von {name}.",
            "custom": "Eine Auswahl von Artikeln: {name}.",
        },
        "labels": {
            "source": "Quelle:",
            "related": "Verwandte Artikel:",
            "subscribing": "Das ist ein Feed. Zum Abonnieren kopieren Sie seine Adresse in ein Leseprogramm für Feeds.",
            "reading": "Die Artikel auf einer Webseite lesen",
            "topics": "Themen",
            "providers": "Anbieter",
            "categories": "Kategorien",
            "types": "Arten",
            "authors": "Autorinnen und Autoren",
            "provider_topics": "Themen nach Anbietern",
            "more": "Den ganzen Artikel lesen",
            "selections": "Auswahlen",
            "pages": {
                "skip": "Zum Inhalt springen",
                "breadcrumb": "Sie sind hier",
                "site": "Website",
                "everything": "Alle Artikel",
                "one_feed": "Alles in einem Feed",
                "articles": "Artikel",
                "count": "Ein Artikel | {count} Artikel",
                "whole": "Ein Artikel vom {date}. | {count} Artikel, aktualisiert am {date}.",
                "newest": "Die neuesten {count} von {total} Artikeln, aktualisiert am {date}.",
                "first": "Die ersten {count} von {total} Artikeln, aktualisiert am {date}.",
                "empty": "Zurzeit keine Artikel.",
                "older": "Ältere Artikel",
                "newer": "Neuere Artikel",
                "until": "Ältere Artikel bis {date}.",
                "near": "Oft zusammen mit",
                "ended": "Dieser Feed ist beendet. Kein Artikel gehört mehr dazu.",
                "subscribe": "Abonnieren",
                "formats": "Andere Formate",
                "same": "Sie enthalten dieselben Artikel. Im Zweifel nehmen Sie {format}.",
                "copy": "Kopieren",
                "copy_of": "Adresse des {format}-Feeds kopieren",
                "copied": "Kopiert: {address}",
                "refused": "Ihr Browser hat das Kopieren nicht erlaubt. Die Adresse ist markiert: {address}",
                "open": "In meinem Feedreader öffnen",
                "introduction": (
                    "Wählen Sie, was Sie lesen möchten: Ein Feed bringt neue Artikel in Ihren Feedreader. Ein Konto oder "
                    "eine E-Mail-Adresse brauchen Sie dafür nicht."
                ),
                "question": "Was ist ein Feed?",
                "answer": (
                    "Ein Feed ist eine Liste der neuesten Artikel unter einer festen Adresse. Ein Feedreader ist eine App"
                    " oder Website, die die gewählten Feeds prüft und zeigt, was neu ist. Zum Abonnieren kopieren Sie die"
                    " Adresse eines Feeds in Ihren Feedreader."
                ),
                "search": "Feed suchen",
                "results": "Suchergebnisse",
                "found": "{count} von {total} Feeds",
                "cut": "{count} von {total} Feeds, die ersten {most}",
                "nothing": "Kein Feed enthält diese Wörter.",
                "show_all": "Alle Feeds zeigen",
                "read_all": "Alle Artikel lesen",
                "feed": "Feed",
                "feed_of": "Feed von {name}",
                "a_to_z": "Alle {count} von A bis Z",
                "list": "{kind} von A bis Z",
                "search_page": "Suche und alle Feeds",
                "daily": "etwa einer am Tag | etwa {count} am Tag",
                "weekly": "etwa einer pro Woche | etwa {count} pro Woche",
                "monthly": "etwa einer im Monat | etwa {count} im Monat",
                "yearly": "einer in einem Jahr | {count} in einem Jahr",
                "quiet": "seit einem Jahr nichts Neues",
                "since": "zuletzt am {date}",
                "bars": "Die Balken zeigen die Artikel jedes Monats, von {first} bis {last}.",
                "pick": "Auswählen",
                "pick_of": "{name} auswählen",
                "picks": "Ausgewählte Feeds",
                "picked": "1 Feed ausgewählt | {count} Feeds ausgewählt",
                "save": "Als OPML speichern",
                "clear": "Auswahl aufheben",
                "filter": "Diesen Feed filtern oder kombinieren",
                "compose": "Einen Feed zusammenstellen",
                "filters": "Filter",
                "change": "Filter ändern",
                "about": "Artikel über",
                "all_topics": "alle diese Themen",
                "any_topic": "eines dieser Themen",
                "not_about": "Aber nicht über",
                "containing": "Titel oder Auszug enthält",
                "not_containing": "Enthält nicht",
                "from_providers": "Von den Anbietern",
                "not_from": "Nicht von den Anbietern",
                "category": "Kategorie",
                "type": "Art",
                "min_quality": "Qualität mindestens",
                "min_heat": "Beliebtheit mindestens",
                "max_age": "Nicht älter als",
                "any_age": "beliebig",
                "days": "1 Tag | {count} Tage",
                "order": "Reihenfolge",
                "newest_first": "neueste zuerst",
                "best_first": "höchste Qualität zuerst",
                "hottest_first": "beliebteste zuerst",
                "how_many": "Anzahl der Artikel",
                "show": "Anzeigen",
                "numbers": "Die Zahlen",
                "per_month": "Artikel pro Monat",
                "plot": "Von {first} bis {last}, höchstens {count} in einem Monat",
                "year": "Jahr",
                "part": "{count} von {total}",
                "made": "Erstellt mit feedloom.",
                "opml": "Alle Feeds als OPML, zum Import in einen Feedreader",
                "contact": "Kontakt",
            },
        },
    },
    "fr": {
        "site": {"description": "Les articles les plus récents."},
        "titles": {
            "topic": "{site} : {name}",
            "provider": "{site} : par {name}",
            "category": "{site} : catégorie {name}",
            "type": "{site} : type {name}",
            "author": "{site} : articles de {name}",
            "provider_topic": "{site} par {name}",
            "custom": "{site} : {name}",
        },
        "descriptions": {
            "topic": "Les articles les plus récents sur {name}.",
            "provider": "Les articles les plus récents de {name}.",
            "category": "Les articles les plus récents de la catégorie {name}.",
            "type": "Les articles les plus récents du type {name}.",
            "author": "Les articles les plus récents de {name}.",
            "provider_topic": "Les articles les plus récents de {name}.",
            "custom": "Une sélection d’articles : {name}.",
        },
        "labels": {
            "source": "Source :",
            "related": "Articles liés :",
            "subscribing": "Ceci est un flux. Pour vous abonner, copiez son adresse dans un lecteur de flux.",
            "reading": "Lire les articles sur une page web",
            "topics": "Sujets",
            "providers": "Sources",
            "categories": "Catégories",
            "types": "Types",
            "authors": "Auteurs",
            "provider_topics": "Sujets par source",
            "more": "Lire l’article en entier",
            "selections": "Sélections",
            "pages": {
                "skip": "Aller au contenu",
                "breadcrumb": "Fil d’Ariane",
                "site": "Site",
                "everything": "Tous les articles",
                "one_feed": "Tout dans un seul flux",
                "articles": "Articles",
                "count": "{count} article | {count} articles",
                "whole": "Un article, du {date}. | {count} articles, mis à jour le {date}.",
                "newest": "Les {count} plus récents de {total} articles, mis à jour le {date}.",
                "first": "Les {count} premiers de {total} articles, mis à jour le {date}.",
                "empty": "Aucun article pour le moment.",
                "older": "Articles plus anciens",
                "newer": "Articles plus récents",
                "until": "Articles plus anciens, jusqu’au {date}.",
                "near": "Souvent avec",
                "ended": "Ce flux est terminé. Plus aucun article n’en fait partie.",
                "subscribe": "S’abonner",
                "formats": "Autres formats",
                "same": "Ils contiennent les mêmes articles. En cas de doute, choisissez {format}.",
                "copy": "Copier",
                "copy_of": "Copier l’adresse du flux {format}",
                "copied": "Copié : {address}",
                "refused": "Votre navigateur n’a pas permis la copie. L’adresse est sélectionnée : {address}",
                "open": "Ouvrir dans mon lecteur",
                "introduction": (
                    "Choisissez ce que vous voulez lire : un flux apporte les nouveaux articles dans votre lecteur de "
                    "flux, sans compte ni adresse e-mail."
                ),
                "question": "Qu’est-ce qu’un flux ?",
                "answer": (
                    "Un flux est une liste des articles les plus récents à une adresse fixe. Un lecteur de flux est une "
                    "application ou un site qui consulte les flux choisis et montre les nouveautés. Pour vous abonner, "
                    "copiez l’adresse d’un flux dans votre lecteur."
                ),
                "search": "Chercher un flux",
                "results": "Résultats de la recherche",
                "found": "{count} flux sur {total}",
                "cut": "{count} flux sur {total}, les {most} premiers",
                "nothing": "Aucun flux ne contient ces mots.",
                "show_all": "Afficher tous les flux",
                "read_all": "Lire tous les articles",
                "feed": "Flux",
                "feed_of": "Flux de {name}",
                "a_to_z": "Les {count}, de A à Z",
                "list": "{kind}, de A à Z",
                "search_page": "recherche et tous les flux",
                "daily": "environ {count} par jour",
                "weekly": "environ {count} par semaine",
                "monthly": "environ {count} par mois",
                "yearly": "{count} en un an",
                "quiet": "rien depuis un an",
                "since": "dernier le {date}",
                "bars": "Les barres montrent les articles de chaque mois, de {first} à {last}.",
                "pick": "Choisir",
                "pick_of": "Choisir {name}",
                "picks": "Flux choisis",
                "picked": "{count} flux choisi | {count} flux choisis",
                "save": "Enregistrer en OPML",
                "clear": "Tout décocher",
                "filter": "Combiner ou filtrer ce flux",
                "compose": "Composer un flux",
                "filters": "Filtres",
                "change": "Modifier les filtres",
                "about": "Articles sur",
                "all_topics": "tous ces sujets",
                "any_topic": "l’un de ces sujets",
                "not_about": "Mais pas sur",
                "containing": "Le titre ou l’extrait contient",
                "not_containing": "Ne contient pas",
                "from_providers": "Provenant des sources",
                "not_from": "Ne provenant pas des sources",
                "category": "Catégorie",
                "type": "Type",
                "min_quality": "Qualité d’au moins",
                "min_heat": "Popularité d’au moins",
                "max_age": "Pas plus ancien que",
                "any_age": "peu importe",
                "days": "{count} jour | {count} jours",
                "order": "Ordre",
                "newest_first": "les plus récents d’abord",
                "best_first": "la meilleure qualité d’abord",
                "hottest_first": "les plus populaires d’abord",
                "how_many": "Nombre d’articles",
                "show": "Afficher",
                "numbers": "Les chiffres",
                "per_month": "Articles par mois",
                "plot": "De {first} à {last}, au plus {count} en un mois",
                "year": "Année",
                "part": "{count} sur {total}",
                "made": "Réalisé avec feedloom.",
                "opml": "Tous les flux en OPML, à importer dans un lecteur de flux",
                "contact": "Contact",
            },
        },
    },
    "es": {
        "site": {"description": "Los artículos más recientes."},
        "titles": {
            "provider": "{site}: de {name}",
            "category": "{site}: categoría {name}",
            "type": "{site}: tipo {name}",
            "author": "{site}: artículos de {name}",
            "provider_topic": "{site} de {name}",
        },
        "descriptions": {
            "topic": "Los artículos más recientes sobre {name}.",
            "provider": "Los artículos más recientes de {name}.",
            "category": "Los artículos más recientes de la categoría {name}.",
            "type": "Los artículos más recientes del tipo {name}.",
            "author": "Los artículos más recientes de {name}.",
            "provider_topic": "Los artículos más recientes de {name}.",
            "custom": "Una selección de artículos: {name}.",
        },
        "labels": {
            "source": "Fuente:",
            "related": "Artículos relacionados:",
            "subscribing": "Esto es un feed. Para suscribirse, copie su dirección en un lector de feeds.",
            "reading": "Leer los artículos en una página web",
            "topics": "Temas",
            "providers": "Fuentes",
            "categories": "Categorías",
            "types": "Tipos",
            "authors": "Autores",
            "provider_topics": "Temas por fuente",
            "more": "Leer el artículo completo",
            "selections": "Selecciones",
            "pages": {
                "skip": "Ir al contenido",
                "breadcrumb": "Ruta de navegación",
                "site": "Sitio",
                "everything": "Todos los artículos",
                "one_feed": "Todo en un solo feed",
                "articles": "Artículos",
                "count": "Un artículo | {count} artículos",
                "whole": "Un artículo, del {date}. | {count} artículos, actualizados el {date}.",
                "newest": "Los {count} más recientes de {total} artículos, actualizados el {date}.",
                "first": "Los {count} primeros de {total} artículos, actualizados el {date}.",
                "empty": "No hay artículos por ahora.",
                "older": "Artículos anteriores",
                "newer": "Artículos más recientes",
                "until": "Artículos anteriores, hasta el {date}.",
                "near": "A menudo junto con",
                "ended": "Este feed ha terminado. Ya no incluye ningún artículo.",
                "subscribe": "Suscribirse",
                "formats": "Otros formatos",
                "same": "Tienen los mismos artículos. En caso de duda, elija {format}.",
                "copy": "Copiar",
                "copy_of": "Copiar la dirección del feed {format}",
                "copied": "Copiado: {address}",
                "refused": "Su navegador no permitió copiar. La dirección está seleccionada: {address}",
                "open": "Abrir en mi lector",
                "introduction": (
                    "Elija lo que quiere leer: un feed lleva los artículos nuevos a su lector de feeds, sin cuenta ni "
                    "correo electrónico."
                ),
                "question": "¿Qué es un feed?",
                "answer": (
                    "Un feed es una lista de los artículos más recientes en una dirección fija. Un lector de feeds es una"
                    " aplicación o un sitio web que consulta los feeds elegidos y muestra lo nuevo. Para suscribirse, "
                    "copie la dirección de un feed en su lector."
                ),
                "search": "Buscar un feed",
                "results": "Resultados de la búsqueda",
                "found": "{count} de {total} feeds",
                "cut": "{count} de {total} feeds, los primeros {most}",
                "nothing": "Ningún feed contiene esas palabras.",
                "show_all": "Mostrar todos los feeds",
                "read_all": "Leer todos los artículos",
                "feed": "Feed",
                "feed_of": "Feed de {name}",
                "a_to_z": "Todos ({count}), de la A a la Z",
                "list": "{kind}, de la A a la Z",
                "search_page": "búsqueda y todos los feeds",
                "daily": "aproximadamente uno al día | unos {count} al día",
                "weekly": "aproximadamente uno a la semana | unos {count} a la semana",
                "monthly": "aproximadamente uno al mes | unos {count} al mes",
                "yearly": "uno en un año | {count} en un año",
                "quiet": "nada desde hace un año",
                "since": "último el {date}",
                "bars": "Las barras muestran los artículos de cada mes, de {first} a {last}.",
                "pick": "Elegir",
                "pick_of": "Elegir {name}",
                "picks": "Feeds elegidos",
                "picked": "1 feed elegido | {count} feeds elegidos",
                "save": "Guardar como OPML",
                "clear": "Quitar la selección",
                "filter": "Combinar o filtrar este feed",
                "compose": "Componer un feed",
                "filters": "Filtros",
                "change": "Cambiar los filtros",
                "about": "Artículos sobre",
                "all_topics": "todos estos temas",
                "any_topic": "alguno de estos temas",
                "not_about": "Pero no sobre",
                "containing": "El título o el extracto contiene",
                "not_containing": "No contiene",
                "from_providers": "De las fuentes",
                "not_from": "Excepto de las fuentes",
                "category": "Categoría",
                "type": "Tipo",
                "min_quality": "Calidad mínima",
                "min_heat": "Popularidad mínima",
                "max_age": "Antigüedad máxima",
                "any_age": "cualquiera",
                "days": "1 día | {count} días",
                "order": "Orden",
                "newest_first": "los más recientes primero",
                "best_first": "la mayor calidad primero",
                "hottest_first": "los más populares primero",
                "how_many": "Número de artículos",
                "show": "Mostrar",
                "numbers": "Las cifras",
                "per_month": "Artículos por mes",
                "plot": "De {first} a {last}, como máximo {count} en un mes",
                "year": "Año",
                "part": "{count} de {total}",
                "made": "Hecho con feedloom.",
                "opml": "Todos los feeds en OPML, para importarlos en un lector de feeds",
                "contact": "Contacto",
            },
        },
    },
    "ja": {
        "site": {"description": "最新の記事。"},
        "titles": {
            "provider": "{site}: 提供元 {name}",
            "category": "{site}: カテゴリー {name}",
            "type": "{site}: 種類 {name}",
            "author": "{site}: 著者 {name}",
            "provider_topic": "{site} 提供元別 {name}",
        },
        "descriptions": {
            "topic": "「{name}」に関する最新の記事。",
            "provider": "「{name}」の最新の記事。",
            "category": "カテゴリー「{name}」の最新の記事。",
            "type": "種類「{name}」の最新の記事。",
            "author": "著者「{name}」の最新の記事。",
            "provider_topic": "「{name}」の最新の記事。",
            "custom": "記事のセレクション: {name}。",
        },
        "labels": {
            "source": "出典:",
            "related": "関連記事:",
            "subscribing": "これはフィードです。購読するには、このアドレスをフィードリーダーにコピーしてください。",
            "reading": "記事をウェブページで読む",
            "topics": "トピック",
            "providers": "提供元",
            "categories": "カテゴリー",
            "types": "種類",
            "authors": "著者",
            "provider_topics": "提供元別のトピック",
            "more": "全文を読む",
            "selections": "セレクション",
            "pages": {
                "skip": "本文へ移動",
                "breadcrumb": "現在位置",
                "site": "サイト",
                "everything": "すべての記事",
                "one_feed": "すべてを1つのフィードで",
                "articles": "記事",
                "count": "{count}件の記事",
                "whole": "{count}件の記事、{date}更新。",
                "newest": "{total}件のうち最新の{count}件、{date}更新。",
                "first": "{total}件のうち最初の{count}件、{date}更新。",
                "empty": "現在、記事はありません。",
                "older": "以前の記事",
                "newer": "新しい記事",
                "until": "{date}までの記事。",
                "near": "よく一緒に扱われるトピック",
                "ended": "このフィードは終了しました。該当する記事はもうありません。",
                "subscribe": "購読する",
                "formats": "その他の形式",
                "same": "どの形式も記事は同じです。迷ったら{format}を選んでください。",
                "copy": "コピー",
                "copy_of": "{format}フィードのアドレスをコピー",
                "copied": "コピーしました: {address}",
                "refused": "ブラウザーがコピーを許可しませんでした。アドレスを選択しました: {address}",
                "open": "リーダーで開く",
                "introduction": (
                    "読みたいものを選んでください。フィードは新しい記事をフィードリーダーに届けます。"
                    "アカウントもメールアドレスも必要ありません。"
                ),
                "question": "フィードとは？",
                "answer": (
                    "フィードは、決まったアドレスにある最新記事の一覧です。フィードリーダーは、選んだフィードを確認して新"
                    "着を表示するアプリやウェブサイトです。購読するには、フィードのアドレスをリーダーにコピーしてください"
                    "。"
                ),
                "search": "フィードを探す",
                "results": "検索結果",
                "found": "{total}件中{count}件のフィード",
                "cut": "{total}件中{count}件のフィード、最初の{most}件",
                "nothing": "これらの言葉を含むフィードはありません。",
                "show_all": "すべてのフィードを表示",
                "read_all": "すべての記事を読む",
                "feed": "フィード",
                "feed_of": "{name}のフィード",
                "a_to_z": "全{count}件",
                "list": "{kind}の一覧",
                "search_page": "検索とすべてのフィード",
                "daily": "1日に約{count}件",
                "weekly": "週に約{count}件",
                "monthly": "月に約{count}件",
                "yearly": "1年に{count}件",
                "quiet": "1年間更新なし",
                "since": "最新は{date}",
                "bars": "棒は{first}から{last}までの月ごとの記事数です。",
                "pick": "選択",
                "pick_of": "{name}を選択",
                "picks": "選択したフィード",
                "picked": "{count}件のフィードを選択中",
                "save": "OPMLで保存",
                "clear": "選択を解除",
                "filter": "このフィードを組み合わせる・絞り込む",
                "compose": "フィードを作る",
                "filters": "絞り込み",
                "change": "絞り込みを変更",
                "about": "トピックの条件",
                "all_topics": "すべてのトピックを含む",
                "any_topic": "いずれかのトピックを含む",
                "not_about": "除外するトピック",
                "containing": "タイトルまたは概要に含まれる語",
                "not_containing": "含まれない語",
                "from_providers": "提供元",
                "not_from": "除外する提供元",
                "category": "カテゴリー",
                "type": "種類",
                "min_quality": "品質の下限",
                "min_heat": "人気度の下限",
                "max_age": "期間",
                "any_age": "指定なし",
                "days": "{count}日以内",
                "order": "並び順",
                "newest_first": "新しい順",
                "best_first": "品質の高い順",
                "hottest_first": "人気の高い順",
                "how_many": "記事の数",
                "show": "表示",
                "numbers": "数字で見る",
                "per_month": "月ごとの記事数",
                "plot": "{first}から{last}まで、最多の月は{count}件",
                "year": "年",
                "part": "{total}件中{count}件",
                "made": "feedloomで作成。",
                "opml": "すべてのフィード (OPML、フィードリーダーへのインポート用)",
                "contact": "お問い合わせ",
            },
        },
    },
    "pt": {
        "site": {"description": "Os artigos mais recentes."},
        "titles": {
            "provider": "{site}: de {name}",
            "category": "{site}: categoria {name}",
            "type": "{site}: tipo {name}",
            "author": "{site}: artigos de {name}",
            "provider_topic": "{site} de {name}",
        },
        "descriptions": {
            "topic": "Os artigos mais recentes sobre {name}.",
            "provider": "Os artigos mais recentes de {name}.",
            "category": "Os artigos mais recentes da categoria {name}.",
            "type": "Os artigos mais recentes do tipo {name}.",
            "author": "Os artigos mais recentes de {name}.",
            "provider_topic": "Os artigos mais recentes de {name}.",
            "custom": "Uma seleção de artigos: {name}.",
        },
        "labels": {
            "source": "Fonte:",
            "related": "Artigos relacionados:",
            "subscribing": "Isto é um feed. Para assinar, copie o endereço dele para um leitor de feeds.",
            "reading": "Ler os artigos em uma página da web",
            "topics": "Temas",
            "providers": "Fontes",
            "categories": "Categorias",
            "types": "Tipos",
            "authors": "Autores",
            "provider_topics": "Temas por fonte",
            "more": "Ler o artigo completo",
            "selections": "Seleções",
            "pages": {
                "skip": "Ir para o conteúdo",
                "breadcrumb": "Caminho de navegação",
                "site": "Site",
                "everything": "Todos os artigos",
                "one_feed": "Tudo em um só feed",
                "articles": "Artigos",
                "count": "{count} artigo | {count} artigos",
                "whole": "Um artigo, de {date}. | {count} artigos, atualizados em {date}.",
                "newest": "Os {count} mais recentes de {total} artigos, atualizados em {date}.",
                "first": "Os {count} primeiros de {total} artigos, atualizados em {date}.",
                "empty": "Nenhum artigo no momento.",
                "older": "Artigos mais antigos",
                "newer": "Artigos mais recentes",
                "until": "Artigos mais antigos, até {date}.",
                "near": "Muitas vezes junto com",
                "ended": "Este feed terminou. Nenhum artigo faz mais parte dele.",
                "subscribe": "Assinar",
                "formats": "Outros formatos",
                "same": "Têm os mesmos artigos. Em caso de dúvida, escolha {format}.",
                "copy": "Copiar",
                "copy_of": "Copiar o endereço do feed {format}",
                "copied": "Copiado: {address}",
                "refused": "O navegador não permitiu copiar. O endereço está selecionado: {address}",
                "open": "Abrir no meu leitor",
                "introduction": (
                    "Escolha o que quer ler: um feed leva os artigos novos ao seu leitor de feeds, sem conta nem e-mail."
                ),
                "question": "O que é um feed?",
                "answer": (
                    "Um feed é uma lista dos artigos mais recentes em um endereço fixo. Um leitor de feeds é um "
                    "aplicativo ou site que consulta os feeds escolhidos e mostra o que há de novo. Para assinar, copie o"
                    " endereço de um feed para o seu leitor."
                ),
                "search": "Procurar um feed",
                "results": "Resultados da pesquisa",
                "found": "{count} de {total} feeds",
                "cut": "{count} de {total} feeds, os primeiros {most}",
                "nothing": "Nenhum feed contém essas palavras.",
                "show_all": "Mostrar todos os feeds",
                "read_all": "Ler todos os artigos",
                "feed": "Feed",
                "feed_of": "Feed de {name}",
                "a_to_z": "Todos ({count}), de A a Z",
                "list": "{kind}, de A a Z",
                "search_page": "pesquisa e todos os feeds",
                "daily": "cerca de {count} por dia",
                "weekly": "cerca de {count} por semana",
                "monthly": "cerca de {count} por mês",
                "yearly": "{count} em um ano",
                "quiet": "nada há um ano",
                "since": "último em {date}",
                "bars": "As barras mostram os artigos de cada mês, de {first} a {last}.",
                "pick": "Escolher",
                "pick_of": "Escolher {name}",
                "picks": "Feeds escolhidos",
                "picked": "{count} feed escolhido | {count} feeds escolhidos",
                "save": "Salvar como OPML",
                "clear": "Limpar seleção",
                "filter": "Combinar ou filtrar este feed",
                "compose": "Montar um feed",
                "filters": "Filtros",
                "change": "Alterar os filtros",
                "about": "Artigos sobre",
                "all_topics": "todos estes temas",
                "any_topic": "qualquer um destes temas",
                "not_about": "Mas não sobre",
                "containing": "O título ou o resumo contém",
                "not_containing": "Não contém",
                "from_providers": "Das fontes",
                "not_from": "Exceto das fontes",
                "category": "Categoria",
                "type": "Tipo",
                "min_quality": "Qualidade mínima",
                "min_heat": "Popularidade mínima",
                "max_age": "Idade máxima",
                "any_age": "qualquer",
                "days": "{count} dia | {count} dias",
                "order": "Ordem",
                "newest_first": "os mais recentes primeiro",
                "best_first": "a maior qualidade primeiro",
                "hottest_first": "os mais populares primeiro",
                "how_many": "Número de artigos",
                "show": "Mostrar",
                "numbers": "Os números",
                "per_month": "Artigos por mês",
                "plot": "De {first} a {last}, no máximo {count} em um mês",
                "year": "Ano",
                "part": "{count} de {total}",
                "made": "Feito com feedloom.",
                "opml": "Todos os feeds em OPML, para importar em um leitor de feeds",
                "contact": "Contato",
            },
        },
    },
    "zh": {
        "site": {"description": "最新文章。"},
        "titles": {
            "provider": "{site}: 来自 {name}",
            "category": "{site}: 类别 {name}",
            "type": "{site}: 类型 {name}",
            "author": "{site}: 作者 {name}",
            "provider_topic": "{site} 来源 {name}",
        },
        "descriptions": {
            "topic": "关于“{name}”的最新文章。",
            "provider": "来自“{name}”的最新文章。",
            "category": "类别“{name}”的最新文章。",
            "type": "类型“{name}”的最新文章。",
            "author": "作者“{name}”的最新文章。",
            "provider_topic": "“{name}”的最新文章。",
            "custom": "精选文章：{name}。",
        },
        "labels": {
            "source": "来源：",
            "related": "相关文章：",
            "subscribing": "这是一个订阅源。要订阅，请把它的地址复制到阅读器中。",
            "reading": "在网页上阅读文章",
            "topics": "主题",
            "providers": "来源",
            "categories": "类别",
            "types": "类型",
            "authors": "作者",
            "provider_topics": "按来源分的主题",
            "more": "阅读全文",
            "selections": "精选",
            "pages": {
                "skip": "跳到正文",
                "breadcrumb": "当前位置",
                "site": "网站",
                "everything": "全部文章",
                "one_feed": "一个订阅源包含全部内容",
                "articles": "文章",
                "count": "{count} 篇文章",
                "whole": "{count} 篇文章，更新于 {date}。",
                "newest": "共 {total} 篇文章，此处为最新的 {count} 篇，更新于 {date}。",
                "first": "共 {total} 篇文章，此处为前 {count} 篇，更新于 {date}。",
                "empty": "目前没有文章。",
                "older": "更早的文章",
                "newer": "更新的文章",
                "until": "{date}及更早的文章。",
                "near": "常一起出现的主题",
                "ended": "此订阅源已结束，不再包含任何文章。",
                "subscribe": "订阅",
                "formats": "其他格式",
                "same": "各种格式的文章相同。如不确定，请选择 {format}。",
                "copy": "复制",
                "copy_of": "复制 {format} 订阅源的地址",
                "copied": "已复制：{address}",
                "refused": "浏览器不允许复制。地址已选中：{address}",
                "open": "在我的阅读器中打开",
                "introduction": "选择您想读的内容：订阅源会把新文章送到您的阅读器，无需账号，也无需邮箱。",
                "question": "什么是订阅源？",
                "answer": (
                    "订阅源是位于固定地址的最新文章列表。阅读器是一种应用或网站，它会检查您选择的订阅源并显示新内容。"
                    "要订阅，请把订阅源的地址复制到您的阅读器中。"
                ),
                "search": "查找订阅源",
                "results": "搜索结果",
                "found": "{total} 个订阅源中的 {count} 个",
                "cut": "{total} 个订阅源中的 {count} 个，显示前 {most} 个",
                "nothing": "没有订阅源包含这些词。",
                "show_all": "显示全部订阅源",
                "read_all": "阅读全部文章",
                "feed": "订阅源",
                "feed_of": "{name} 的订阅源",
                "a_to_z": "全部 {count} 个",
                "list": "{kind}一览",
                "search_page": "搜索和全部订阅源",
                "daily": "每天约 {count} 篇",
                "weekly": "每周约 {count} 篇",
                "monthly": "每月约 {count} 篇",
                "yearly": "一年 {count} 篇",
                "quiet": "一年没有更新",
                "since": "最新于 {date}",
                "bars": "条形表示 {first}至{last}每月的文章数。",
                "pick": "选择",
                "pick_of": "选择 {name}",
                "picks": "已选的订阅源",
                "picked": "已选择 {count} 个订阅源",
                "save": "保存为 OPML",
                "clear": "清除选择",
                "filter": "组合或筛选此订阅源",
                "compose": "定制订阅源",
                "filters": "筛选",
                "change": "更改筛选条件",
                "about": "文章主题",
                "all_topics": "包含所有这些主题",
                "any_topic": "包含其中任一主题",
                "not_about": "排除主题",
                "containing": "标题或摘要包含",
                "not_containing": "不包含",
                "from_providers": "来源",
                "not_from": "排除来源",
                "category": "类别",
                "type": "类型",
                "min_quality": "质量不低于",
                "min_heat": "热度不低于",
                "max_age": "时间范围",
                "any_age": "不限",
                "days": "{count} 天内",
                "order": "排序",
                "newest_first": "最新优先",
                "best_first": "质量最高优先",
                "hottest_first": "热度最高优先",
                "how_many": "文章数量",
                "show": "显示",
                "numbers": "数据统计",
                "per_month": "每月文章数",
                "plot": "{first}至{last}，单月最多 {count} 篇",
                "year": "年份",
                "part": "{total} 个中的 {count} 个",
                "made": "由 feedloom 生成。",
                "opml": "全部订阅源 (OPML)，可导入阅读器",
                "contact": "联系方式",
            },
        },
    },
    "ar": {
        "site": {"description": "أحدث المقالات."},
        "titles": {
            "provider": "{site}: من {name}",
            "category": "{site}: فئة {name}",
            "type": "{site}: نوع {name}",
            "author": "{site}: مقالات بقلم {name}",
            "provider_topic": "{site} من {name}",
        },
        "descriptions": {
            "topic": "أحدث المقالات عن {name}.",
            "provider": "أحدث المقالات من {name}.",
            "category": "أحدث المقالات في فئة {name}.",
            "type": "أحدث المقالات من نوع {name}.",
            "author": "أحدث المقالات بقلم {name}.",
            "provider_topic": "أحدث مقالات {name}.",
            "custom": "مقالات مختارة: {name}.",
        },
        "labels": {
            "source": "المصدر:",
            "related": "مقالات ذات صلة:",
            "subscribing": "هذه خلاصة. للاشتراك انسخ عنوانها إلى قارئ الخلاصات.",
            "reading": "اقرأ المقالات في صفحة ويب",
            "topics": "المواضيع",
            "providers": "المصادر",
            "categories": "الفئات",
            "types": "الأنواع",
            "authors": "الكتّاب",
            "provider_topics": "المواضيع حسب المصدر",
            "more": "اقرأ المقالة كاملة",
            "selections": "مختارات",
            "pages": {
                "skip": "انتقل إلى المحتوى",
                "breadcrumb": "مسار التنقل",
                "site": "الموقع",
                "everything": "كل المقالات",
                "one_feed": "كل شيء في خلاصة واحدة",
                "articles": "المقالات",
                "count": "لا مقالات | مقالة واحدة | مقالتان | {count} مقالات | {count} مقالة | {count} مقالة",
                "whole": (
                    "لا مقالات. | "
                    "مقالة واحدة بتاريخ {date}. | "
                    "مقالتان، آخر تحديث {date}. | "
                    "{count} مقالات، آخر تحديث {date}. | "
                    "{count} مقالة، آخر تحديث {date}. | "
                    "{count} مقالة، آخر تحديث {date}."
                ),
                "newest": "أحدث المقالات: {count} من {total}، آخر تحديث {date}.",
                "first": "أول المقالات: {count} من {total}، آخر تحديث {date}.",
                "empty": "لا توجد مقالات حاليًا.",
                "older": "مقالات أقدم",
                "newer": "مقالات أحدث",
                "until": "مقالات أقدم، حتى {date}.",
                "near": "غالبًا مع",
                "ended": "انتهت هذه الخلاصة، ولم تعد تضم أي مقالة.",
                "subscribe": "اشترك",
                "formats": "صيغ أخرى",
                "same": "تضم كلها المقالات نفسها. إذا ترددت فاختر {format}.",
                "copy": "نسخ",
                "copy_of": "نسخ عنوان خلاصة {format}",
                "copied": "نُسخ: {address}",
                "refused": "لم يسمح المتصفح بالنسخ. العنوان محدد: {address}",
                "open": "افتح في قارئ الخلاصات",
                "introduction": (
                    "اختر ما تريد قراءته: تجلب الخلاصة المقالات الجديدة إلى قارئ الخلاصات، بلا حساب ولا بريد إلكتروني."
                ),
                "question": "ما الخلاصة؟",
                "answer": (
                    "الخلاصة قائمة بأحدث المقالات على عنوان ثابت. وقارئ الخلاصات تطبيق أو موقع يتفقد الخلاصات التي "
                    "تختارها ويعرض الجديد. للاشتراك انسخ عنوان الخلاصة إلى قارئك."
                ),
                "search": "ابحث عن خلاصة",
                "results": "نتائج البحث",
                "found": "{count} من {total} من الخلاصات",
                "cut": "{count} من {total} من الخلاصات، تظهر أول {most}",
                "nothing": "لا توجد خلاصة فيها هذه الكلمات.",
                "show_all": "اعرض كل الخلاصات",
                "read_all": "اقرأ كل المقالات",
                "feed": "الخلاصة",
                "feed_of": "خلاصة {name}",
                "a_to_z": "القائمة الكاملة ({count}) مرتبة أبجديًا",
                "list": "{kind}: القائمة مرتبة أبجديًا",
                "search_page": "البحث وكل الخلاصات",
                "daily": (
                    "لا مقالات يوميًا | "
                    "نحو مقالة يوميًا | "
                    "نحو مقالتين يوميًا | "
                    "نحو {count} مقالات يوميًا | "
                    "نحو {count} مقالة يوميًا | "
                    "نحو {count} مقالة يوميًا"
                ),
                "weekly": (
                    "لا مقالات أسبوعيًا | "
                    "نحو مقالة أسبوعيًا | "
                    "نحو مقالتين أسبوعيًا | "
                    "نحو {count} مقالات أسبوعيًا | "
                    "نحو {count} مقالة أسبوعيًا | "
                    "نحو {count} مقالة أسبوعيًا"
                ),
                "monthly": (
                    "لا مقالات شهريًا | "
                    "نحو مقالة شهريًا | "
                    "نحو مقالتين شهريًا | "
                    "نحو {count} مقالات شهريًا | "
                    "نحو {count} مقالة شهريًا | "
                    "نحو {count} مقالة شهريًا"
                ),
                "yearly": (
                    "لا مقالات في سنة | "
                    "مقالة واحدة في سنة | "
                    "مقالتان في سنة | "
                    "{count} مقالات في سنة | "
                    "{count} مقالة في سنة | "
                    "{count} مقالة في سنة"
                ),
                "quiet": "لا جديد منذ سنة",
                "since": "أحدثها {date}",
                "bars": "تبيّن الأعمدة مقالات كل شهر من {first} إلى {last}.",
                "pick": "اختر",
                "pick_of": "اختر {name}",
                "picks": "الخلاصات المختارة",
                "picked": (
                    "لم تُختر أي خلاصة | "
                    "اختيرت خلاصة واحدة | "
                    "اختيرت خلاصتان | "
                    "اختيرت {count} خلاصات | "
                    "اختيرت {count} خلاصة | "
                    "اختيرت {count} خلاصة"
                ),
                "save": "احفظ بصيغة OPML",
                "clear": "امسح الاختيار",
                "filter": "دمج هذه الخلاصة أو تصفيتها",
                "compose": "تكوين خلاصة",
                "filters": "عوامل التصفية",
                "change": "تغيير عوامل التصفية",
                "about": "مقالات عن",
                "all_topics": "كل هذه المواضيع",
                "any_topic": "أي من هذه المواضيع",
                "not_about": "وليست عن",
                "containing": "العنوان أو المقتطف يحتوي على",
                "not_containing": "لا يحتوي على",
                "from_providers": "من المصادر",
                "not_from": "ليست من المصادر",
                "category": "الفئة",
                "type": "النوع",
                "min_quality": "الجودة لا تقل عن",
                "min_heat": "الرواج لا يقل عن",
                "max_age": "لا أقدم من",
                "any_age": "أي وقت",
                "days": "{count} يوم | يوم واحد | يومان | {count} أيام | {count} يومًا | {count} يوم",
                "order": "الترتيب",
                "newest_first": "الأحدث أولًا",
                "best_first": "الأعلى جودة أولًا",
                "hottest_first": "الأكثر رواجًا أولًا",
                "how_many": "عدد المقالات",
                "show": "اعرض",
                "numbers": "الأرقام",
                "per_month": "عدد المقالات في كل شهر",
                "plot": "من {first} إلى {last}، والحد الأقصى {count} في شهر",
                "year": "السنة",
                "part": "{count} من {total}",
                "made": "أُنشئت بواسطة feedloom.",
                "opml": "كل الخلاصات بصيغة OPML، لاستيرادها في قارئ الخلاصات",
                "contact": "اتصل بنا",
            },
        },
    },
}
