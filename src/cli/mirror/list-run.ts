import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { jsonDocument } from '../json.ts'
import { isIncomplete, observeLinks, warnOfUnknown } from '../observed.ts'
import { styleOf } from '../style.ts'
import type { MirrorListOptions } from './list.ts'
import { mirrorRow, renderMirrors } from './view.ts'

export async function runMirrorList(options: MirrorListOptions, context: Context): Promise<ExitCode> {
  const { io, time } = context
  const observed = await observeLinks(context, options, options.link)
  const mirrors = observed.links.flatMap((one) =>
    one.kind === 'observed' ? one.view.mirrors.map((mirror) => mirrorRow(mirror, time.now())) : [],
  )
  if (options.output === 'json') {
    const unknownLinks = observed.links.flatMap((one) =>
      one.kind === 'unknown' ? [{ link: one.link.name, why: one.why }] : [],
    )
    io.out(jsonDocument('georep.mirrors/1', { mirrors, unknownLinks, unasked: observed.unasked }))
  } else if (mirrors.length > 0) io.out(renderMirrors(mirrors, styleOf(io)))
  else io.err(isIncomplete(observed) ? 'no mirrors that could be seen\n' : 'no mirrors\n')
  warnOfUnknown(observed, context)
  return isIncomplete(observed) ? ExitCode.unknown : ExitCode.ok
}
