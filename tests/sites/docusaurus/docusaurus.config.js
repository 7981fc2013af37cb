module.exports = {
  title: 'A Docusaurus site',
  tagline: 'Traps.',
  url: 'https://docusaurus.example',
  baseUrl: '/site/',
  presets: [['classic', {docs: {routeBasePath: '/'}, blog: {routeBasePath: 'news', path: 'blog'}}]],
};
