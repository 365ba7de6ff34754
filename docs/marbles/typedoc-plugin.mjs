// Puts the marble diagram of an operator under the first paragraph of its page, drawn from the strings that the specs run.
import { readFileSync } from 'node:fs';
import { Converter, ReflectionKind } from 'typedoc';
import { draw } from './draw.mjs';

const diagrams = JSON.parse(readFileSync(new URL('diagrams.json', import.meta.url), 'utf8'));

export function load(app) {
  // A guide is called what its heading says.
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const heading = /^# (.*)$/m.exec(document.content.map(({ text }) => text).join(''));
    if (heading !== null) document.name = heading[1];
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, context => {
    const missing = new Set(Object.keys(diagrams));
    for (const reflection of context.project.getReflectionsByKind(ReflectionKind.CallSignature)) {
      const diagram = diagrams[reflection.name];
      const { summary } = reflection.comment ?? {};
      if (!missing.has(reflection.name) || !summary?.[0]) continue;
      const { text } = summary[0];
      const end = text.includes('\n\n') ? text.indexOf('\n\n') : text.length;
      const picture = `\n\n${draw(diagram)}\n\n${diagram.says}`;
      summary[0].text = text.slice(0, end) + picture + text.slice(end);
      missing.delete(reflection.name);
    }
    for (const name of missing)
      app.logger.error(`there is a marble diagram of ${name}, and no such function`);
  });
}
