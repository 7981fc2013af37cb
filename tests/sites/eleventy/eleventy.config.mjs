import rss from "@11ty/eleventy-plugin-rss";

export default function (config) {
  config.addPlugin(rss);
  return { dir: { input: "src" } };
}
