// Reads the feed at a URL with a program for Node and prints its title and entries as JSON, in the words of
// tests/readers/__init__.py. Usage: node read.mjs feedsmith|feedparser URL
import FeedParser from "feedparser";
import { parseFeed } from "feedsmith";

const image = (entry) => entry.media?.thumbnails?.[0]?.url;
const related = (links = []) => links.filter(({ rel }) => rel === "related").map(({ href, title }) => [href, title]);

const feedsmith = {
  atom: (feed) => ({
    title: feed.title.value,
    entries: feed.entries.map((entry) => ({
      title: entry.title.value,
      link: entry.links.find(({ rel }) => rel === "alternate").href,
      id: entry.id,
      published: entry.published,
      updated: entry.updated,
      author: entry.authors?.[0].name,
      categories: entry.categories?.map(({ term }) => term),
      summary: entry.summary?.value,
      content: entry.content?.value,
      image: image(entry),
      related: related(entry.links),
    })),
  }),
  rss: (feed) => ({
    title: feed.title,
    entries: feed.items.map((item) => ({
      title: item.title,
      link: item.link,
      id: item.guid.value,
      published: item.pubDate,
      updated: item.atom.updated,
      author: item.dc?.creators[0],
      categories: item.categories?.map(({ name }) => name),
      summary: item.description,
      content: item.content?.encoded ?? item.description,
      image: image(item),
      related: related(item.atom.links),
    })),
  }),
  json: (feed) => ({
    title: feed.title,
    entries: feed.items.map((item) => ({
      title: item.title,
      link: item.url,
      id: item.id,
      published: item.date_published,
      updated: item.date_modified,
      author: item.authors?.[0].name,
      categories: item.tags,
      summary: item.summary,
      content: item.content_html ?? item.content_text,
      image: item.image,
    })),
  }),
};

const programs = {
  feedsmith: (text) => {
    const { format, feed } = parseFeed(text);
    return feedsmith[format](feed);
  },
  feedparser: (text) =>
    new Promise((resolve) => {
      const parser = new FeedParser();
      const entries = [];
      parser.on("data", (item) =>
        entries.push({
          title: item.title,
          link: item.link,
          id: item.guid,
          published: item.pubdate,
          updated: item.date,
          author: item.author,
          categories: item.categories,
          summary: item.summary,
          content: item.description,
          image: item.image.url,
          // It has no field for links but hands over every element as it stood.
          related: related([item["atom:link"] ?? []].flat().map((link) => link["@"])),
        }),
      );
      parser.on("error", () => resolve({ entries: [] })); // "Not a feed"
      parser.on("end", () => resolve({ title: parser.meta.title, entries }));
      parser.end(text);
    }),
};

const [program, url] = process.argv.slice(2);
const text = await (await fetch(url)).text();
console.log(JSON.stringify(await programs[program](text)));
