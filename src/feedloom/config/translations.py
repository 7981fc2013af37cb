"""The default texts of a site in other languages, by language, section and name. The English ones are in `settings`."""

Words = dict[str, dict[str, str]]


def words(language: str | None) -> Words:
    """The defaults for a language; `de-AT` has those of `de`. Empty for English and for languages without a translation."""
    return _WORDS.get((language or "").partition("-")[0].lower(), {})


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
            "topics": "Themen",
            "providers": "Anbieter",
            "categories": "Kategorien",
            "types": "Arten",
            "authors": "Autorinnen und Autoren",
            "provider_topics": "Themen nach Anbietern",
            "more": "Den ganzen Artikel lesen",
            "selections": "Auswahlen",
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
            "topics": "Sujets",
            "providers": "Sources",
            "categories": "Catégories",
            "types": "Types",
            "authors": "Auteurs",
            "provider_topics": "Sujets par source",
            "more": "Lire l’article en entier",
            "selections": "Sélections",
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
            "topics": "Temas",
            "providers": "Fuentes",
            "categories": "Categorías",
            "types": "Tipos",
            "authors": "Autores",
            "provider_topics": "Temas por fuente",
            "more": "Leer el artículo completo",
            "selections": "Selecciones",
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
            "topics": "トピック",
            "providers": "提供元",
            "categories": "カテゴリー",
            "types": "種類",
            "authors": "著者",
            "provider_topics": "提供元別のトピック",
            "more": "全文を読む",
            "selections": "セレクション",
        },
    },
}
