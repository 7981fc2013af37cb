"""The words of the pages in the language of the site: texts with numbers and dates filled in. Pure."""

from datetime import datetime
from functools import lru_cache

from feedloom.config import translations
from feedloom.config.settings import Config, PageLabels


class Words:
    """The `labels` of the pages and their language (`lang`, an IETF tag), which is English where there is no translation.

    `content_lang` is the attribute for elements in the language of the articles, empty where that is the same.
    """

    def __init__(self, language: str | None, labels: PageLabels) -> None:
        is_known = translations.is_known(language) or labels != PageLabels()
        self.lang = language if language and is_known else "en"
        self.is_rtl = translations.is_rtl(self.lang)
        self.labels = labels
        self.content_lang = "" if language == self.lang else f' lang="{language or ""}"'
        self._calendar = translations.calendar(self.lang)

    def day(self, moment: datetime) -> str:
        """A day for people to read, in UTC: `21 May 2021`."""
        calendar = self._calendar
        return calendar.day.format(day=moment.day, month=calendar.months[moment.month - 1], year=moment.year)

    def month(self, year: int, month: int) -> str:
        """A month, from 1 to 12."""
        return self._calendar.month.format(month=self._calendar.months[month - 1], year=year)

    def month_name(self, month: int) -> str:
        """The name of a month, from 1 to 12."""
        return self._calendar.months[month - 1]

    def number(self, number: int) -> str:
        """A number with the separators of the language. Digits are 0 to 9 in all languages."""
        return f"{number:,}".replace(",", self._calendar.separator)

    def age(self, span: str) -> str:
        """An age such as `30 days`, as settings write it, in the words of the pages if it is in days."""
        number, _, unit = span.partition(" ")
        if unit not in ("day", "days"):
            return span
        return self.counted(self.labels.days, int(number)).format(count=self.number(int(number)))

    def counted(self, text: str, count: int) -> str:
        """The form of a text for a number. `{count}` stays in it."""
        forms = text.split(" | ")
        return forms[translations.form(self.lang, count, len(forms))]


def words_of(config: Config) -> Words:
    """The words of a site."""
    return _words(config.site.language, config.labels.pages)


_words = lru_cache(4)(Words)


def escaped(value: str) -> str:
    """A text for HTML, also between quotes: the same bytes as Jinja2 writes."""
    if "&" in value or "<" in value or ">" in value or "'" in value or '"' in value:  # a fifth of the time of `replace`
        value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return value.replace("'", "&#39;").replace('"', "&#34;")
    return value


def filled(text: str, **values: str) -> str:
    """A text as HTML, with HTML in its places."""
    return escaped(text).format(**values)
