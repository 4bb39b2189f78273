import type { Context } from '../context.ts'
import { warnOfAway } from '../drill/source-away.ts'
import { ExitCode } from '../exit.ts'
import { lossText } from '../figures.ts'
import { documentText } from '../document.ts'
import { isIncomplete, observeLinks, warnOfUnknown } from '../observed.ts'
import { styleOf, type Style } from '../style.ts'
import { table } from '../table.ts'
import { linkView, paintOfLinkState, type LinkRow } from './view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface LinkListOptions extends GlobalOptions {
  readonly output: OutputFormat
}

export async function runLinkList(options: LinkListOptions, context: Context): Promise<ExitCode> {
  const { io, time } = context
  await warnOfAway(undefined, context)
  const observed = await observeLinks(context, options, undefined)
  const links = observed.links.map((one) => linkView(one, time.now()))
  if (options.output !== 'table')
    io.out(documentText(options.output, 'georep.links/1', { links, unasked: observed.unasked }))
  else if (links.length > 0) io.out(renderLinkList(links, styleOf(io)))
  else io.err(isIncomplete(observed) ? 'no links that could be seen\n' : 'no links\n')
  warnOfUnknown(observed, context)
  return isIncomplete(observed) ? ExitCode.unknown : ExitCode.ok
}

export function renderLinkList(links: readonly LinkRow[], style: Style): string {
  return table(
    [
      ...['LINK', 'SOURCE', 'DESTINATION', 'ENGINE', 'STATE', 'RUNNER'].map((title) => ({ title })),
      { title: 'MIRRORS', align: 'right' },
      { title: 'LAG', align: 'right' },
    ],
    links.map(({ link, source, destination, engine, state, runner, mirrors, lag }) => [
      link,
      source.name,
      destination.name,
      engine,
      { text: state ?? 'unknown', paint: paintOfLinkState(state, style) },
      state === null ? 'unknown' : runner === null ? '-' : `${runner.host}:${runner.pid}`,
      mirrors === null ? 'unknown' : mirrors.length,
      mirrors === null ? 'unknown' : lag === null ? '-' : lossText(lag),
    ]),
  )
}
