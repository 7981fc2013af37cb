export const SITE_TITLE = "An Astro site";
export const SITE_DESCRIPTION = "Traps.";
