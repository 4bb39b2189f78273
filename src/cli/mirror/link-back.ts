import { GeorepError } from '../../core/errors.ts'
import { linkBackOf, type LinkTarget } from '../../engines/engine.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import type { OpenLink } from '../open.ts'
import type { WhichOptions } from './which.ts'

/**
 * The link that goes the other way.
 *
 * @param act what it is for, as an engine cannot do it
 * @throws GeorepError "unsupported" of an engine that cannot bring topics back; "refused" GR-NO-LINK-BACK, with the command that makes one, when it is not to be told which is meant
 */
export async function linkBack(
  { engine, target }: Pick<OpenLink, 'engine' | 'target'>,
  options: Pick<WhichOptions, 'link' | 'config'> & { readonly onto: string | undefined },
  { signal }: Pick<Context, 'signal'>,
  act: 'reverse mirrors' | 'bring mirrors back',
): Promise<LinkTarget> {
  const { source, destination, link } = target
  if (!engine.capabilities.canReverse) {
    const other = commandLine(
      options,
      'link',
      'create',
      `${destination.name}-${source.name}`,
      '--engine',
      engine.name,
      '--connect',
    )
    throw new GeorepError('unsupported', 'GR-ENGINE-CANNOT', `the engine ${engine.name} does not ${act}: its copies stand at other offsets than their source`, {
      stateNow: 'nothing was changed',
      next: `a link of its own carries them back, into topics that are not on "${source.name}" yet: what is there is deleted by hand, when nobody needs it any more\n${other} <URL of Kafka Connect beside "${source.name}">`,
    }) // prettier-ignore
  }
  const back = `from "${destination.name}" back to "${source.name}"`
  const found = await engine.linksBack(target, { signal })
  const meant = linkBackOf(link, found, options.onto)
  if (meant !== undefined) return meant
  const names = found.map((one) => `"${one.link.name}"`).join(', ')
  const groups = link.groups.length === 0 ? [] : ['--groups', ...link.groups]
  const which = options.onto === undefined ? 'between clusters of these names' : `"${options.onto}"`
  throw new GeorepError('refused', 'GR-NO-LINK-BACK', `there is no link ${back} ${which}, or more than one`, {
    stateNow: `nothing was changed${found.length === 0 ? '' : `; between the same clusters there are, for --onto: ${names}`}`,
    next: commandLine(options, 'link', 'create', `${destination.name}-${source.name}`, ...groups),
  })
}
