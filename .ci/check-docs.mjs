// Checks the site that typedoc has made: at least 95 % of what is exported, and of its members, has prose on what a reader sees first, and no link leads nowhere, neither
// within the site nor in the Markdown that it is made from.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const WANTED = 0.95;
const root = fileURLToPath(new URL('..', import.meta.url));
const site = join(root, 'docs', 'site');

/** typedoc's numbers for modules, and for what only points to an export that is elsewhere. */
const MODULE = 2;
const REFERENCE = 0x400000;

const hasProse = reflection => (reflection.comment?.summary ?? []).some(({ text }) => text.trim() !== '');

/** What a reader sees first: a function's first signature, a variable, class, interface or type itself. */
const firstSeen = reflection => reflection.signatures?.[0] ?? reflection.getSignature ?? reflection;

/** The exports of each entry. */
function exportsOf(reflection, path = []) {
  return (reflection.children ?? []).flatMap(child => {
    const name = [...path, child.name];
    if (child.kind === MODULE) return exportsOf(child, name);
    return child.kind === REFERENCE ? [] : [{ name: name.join('.'), child }];
  });
}

/** The members of classes and interfaces. */
function membersOf({ name, child }) {
  return (child.children ?? []).map(member => ({ name: `${name}.${member.name}`, child: member }));
}

function checkProse(what, all) {
  const bare = all.filter(({ child }) => !hasProse(firstSeen(child))).map(({ name }) => name);
  const share = 1 - bare.length / all.length;
  const figures = `${all.length - bare.length} of ${all.length} ${what} have prose on what is seen first (${(100 * share).toFixed(1)} %); without: ${bare.join(', ') || 'none'}`;
  if (!(share >= WANTED)) return [figures];
  console.log(`ok   ${figures}`);
  return [];
}

function filesIn(directory, extension) {
  return readdirSync(directory, { recursive: true })
    .filter(name => name.endsWith(extension))
    .map(name => join(directory, name));
}

const decode = text => decodeURIComponent(text.replace(/&amp;/g, '&'));
const isElsewhere = href => /^[a-z][a-z+.-]*:|^\/\//i.test(href);

/** What is wrong with the links of pages, given how to find the links and the anchors of one. */
function brokenLinks(pages, linksOf, anchorsOf) {
  const known = new Map();
  const anchors = page => known.get(page) ?? known.set(page, anchorsOf(readFileSync(page, 'utf8'))).get(page);
  return pages.flatMap(page =>
    linksOf(readFileSync(page, 'utf8'))
      .filter(href => !isElsewhere(href))
      .flatMap(href => {
        const [path, anchor = ''] = decode(href).split('#');
        const target = path === '' ? page : resolve(dirname(page), path);
        const isThere = existsSync(target);
        const isPage = isThere && statSync(target).isFile() && pages.includes(target);
        if (isThere && (anchor === '' || !isPage || anchors(target).has(anchor))) return [];
        return [`${relative(root, page)} links to ${href}`];
      }),
  );
}

const htmlLinks = text =>
  [...text.matchAll(/<(?:a|link|img|script)\b[^>]*?\b(?:href|src)="([^"]*)"/g)].map(([, href]) => href);
const htmlAnchors = text => new Set([...text.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => decode(id)));

/** Markdown without its code. */
const proseOf = text => text.replace(/^```[^]*?^```$/gm, '').replace(/`[^`\n]*`/g, '`code`');
const markdownLinks = text => [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, href]) => href);
const markdownAnchors = text =>
  new Set(
    [...text.replace(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );

const markdown = ['README.md', 'lib/README.md', 'examples/README.md', 'bench/README.md']
  .map(name => join(root, name))
  .concat(filesIn(join(root, 'docs'), '.md').filter(name => !name.startsWith(site)));
const exported = exportsOf(JSON.parse(readFileSync(join(site, 'api.json'), 'utf8')));
const pages = filesIn(site, '.html');
const failures = [
  ...checkProse('exports', exported),
  ...checkProse('members', exported.flatMap(membersOf)),
  ...brokenLinks(markdown, markdownLinks, markdownAnchors),
  ...brokenLinks(pages, htmlLinks, htmlAnchors),
];
if (pages.length < 50) failures.push(`docs/site has only ${pages.length} pages`);
if (failures.length === 0)
  console.log(`ok   no broken link in ${pages.length} pages and ${markdown.length} Markdown files`);
for (const failure of failures) console.error(`FAIL ${failure}`);
if (failures.length > 0) process.exitCode = 1;
