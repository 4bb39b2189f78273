import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { isIncomplete, observeLinks, warnOfUnknown } from '../observed.ts'
import { printable } from '../printable.ts'
import { styleOf } from '../style.ts'
import { mirrorRow, needsWayOut, patternRows, renderMirrors, renderPatterns, unmirroredRows, wayOutOf } from './view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface MirrorListOptions extends GlobalOptions {
  readonly link: string | undefined
  readonly output: OutputFormat
}

export async function runMirrorList(options: MirrorListOptions, context: Context): Promise<ExitCode> {
  const { io, time } = context
  const observed = await observeLinks(context, options, options.link)
  const mirrors = observed.links.flatMap((one) =>
    one.kind === 'observed' ? one.view.mirrors.map((mirror) => mirrorRow(mirror, time.now())) : [],
  )
  const views = observed.links.flatMap((one) => (one.kind === 'observed' ? [one.view] : []))
  const patterns = views.flatMap(patternRows)
  const unmirrored = views.flatMap(unmirroredRows)
  if (options.output !== 'table') {
    const unknownLinks = observed.links.flatMap((one) =>
      one.kind === 'unknown' ? [{ link: one.link.name, why: one.why }] : [],
    )
    io.out(
      documentText(options.output, 'georep.mirrors/1', {
        mirrors,
        patterns,
        unmirrored,
        unknownLinks,
        unasked: observed.unasked,
      }),
    )
  } else if (mirrors.length > 0) io.out(renderMirrors(mirrors, styleOf(io)))
  else io.err(isIncomplete(observed) ? 'no mirrors that could be seen\n' : 'no mirrors\n')
  if (options.output === 'table') {
    io.out(renderPatterns(patterns, unmirrored, styleOf(io)))
    const embedded = new Set(views.flatMap(({ link }) => (link.engine === 'embedded' ? [link.name] : [])))
    const failed = mirrors.filter((one) => needsWayOut(one) && embedded.has(one.link))
    for (const mirror of failed) io.err(`next: ${printable(wayOutOf(mirror, options))}\n`)
  }
  warnOfUnknown(observed, context)
  return isIncomplete(observed) ? ExitCode.unknown : ExitCode.ok
}
