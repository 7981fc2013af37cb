// What a reader from npm understands of a feed: `node read.mjs feedsmith|feedparser URL` prints its entries as JSON.
import { Readable } from "node:stream";
import FeedParser from "feedparser";
import { parseFeed } from "feedsmith";

const [reader, url] = process.argv.slice(2);
const text = await (await fetch(url)).text();

const readers = {
  feedsmith() {
    const { format, feed } = parseFeed(text);
    return (feed.entries ?? feed.items).map({ atom: atomEntry, rss: rssItem, json: jsonItem }[format]);
  },
  async feedparser() {
    const parser = new FeedParser({ feedurl: url });
    Readable.from([text]).pipe(parser);
    const entries = [];
    for await (const item of parser) {
      entries.push({
        title: item.title,
        link: item.link,
        id: item.guid,
        published: item.pubdate,
        updated: item.date,
        author: item.author,
        categories: item.categories,
        summary: item.summary,
        text: item.description,
        image: item.image.url ?? item.enclosures[0]?.url,
      });
    }
    return entries;
  },
};

function atomEntry(entry) {
  const links = (rel) => entry.links.filter((link) => link.rel === rel).map((link) => link.href);
  return {
    title: entry.title.value,
    link: links("alternate")[0],
    id: entry.id,
    published: entry.published,
    updated: entry.updated,
    author: entry.authors?.[0]?.name,
    categories: entry.categories?.map((category) => category.label),
    summary: entry.summary?.value,
    text: entry.content?.value,
    image: entry.media?.contents?.[0]?.url,
    related: links("related"),
  };
}

function rssItem(item) {
  return {
    title: item.title,
    link: item.link,
    id: item.guid.value,
    published: item.pubDate,
    updated: item.atom?.updated,
    author: item.dc?.creators?.[0],
    categories: item.categories?.map((category) => category.name),
    summary: item.description,
    text: item.content?.encoded ?? item.description,
    image: item.media?.contents?.[0]?.url,
    related: item.atom?.links?.filter((link) => link.rel === "related").map((link) => link.href) ?? [],
  };
}

function jsonItem(item) {
  return {
    title: item.title,
    link: item.url,
    id: item.id,
    published: item.date_published,
    updated: item.date_modified,
    author: item.authors?.[0]?.name,
    categories: item.tags,
    summary: item.summary,
    text: item.content_html,
    image: item.image,
  };
}

console.log(JSON.stringify(await readers[reader]()));
