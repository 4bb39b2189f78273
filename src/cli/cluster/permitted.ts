import { grantCommand, type Right, rightText } from '../../core/acl.ts'
import type { Side } from '../../core/needs.ts'
import { mm2Verbs, needsOf, rightsFor, verbs } from '../../core/permissions.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import type { ClusterDescription } from '../../kafka/describe.ts'
import { heldRights } from '../../kafka/held-rights.ts'
import { LinkState } from '../../links/state.ts'
import { whyOr } from '../observed.ts'

const sides = ['source', 'destination'] as const satisfies readonly Side[]

/** One verb on one side of a link. */
export interface VerbPermission {
  /** As the documentation calls it. */
  readonly verb: string
  readonly side: Side
  /** Needed, and known not to be permitted. */
  readonly lacks: readonly { readonly right: string; readonly grant: string }[]
  /** Needed, and not told beforehand. */
  readonly unknown: readonly string[]
}

/** What each verb would lack on the cluster, as far as the cluster tells. Without an authorizer nothing is lacking. */
export async function permissionsOn(
  cluster: Cluster,
  { hasAuthorizer }: Pick<ClusterDescription, 'hasAuthorizer'>,
  options: { readonly signal: AbortSignal },
): Promise<readonly VerbPermission[]> {
  const mirrorTopics = hasAuthorizer ? await mirrorsOn(cluster, options.signal) : []
  const mirrors = mirrorTopics.length === 0 ? ['<mirror>'] : mirrorTopics
  const embedded = { link: '<link>', sourceTopics: ['<topic>'], mirrorTopics: mirrors, groups: ['<group>'], salvageTopics: ['<salvage>'] } // prettier-ignore
  const mm2 = { ...embedded, connect: { alias: '<source>', workers: '<workers>' } }
  const rows = [
    ...verbs.map((verb) => ({ verb, name: verb, engine: 'embedded', subject: embedded }) as const),
    ...mm2Verbs.map((verb) => ({ verb, name: `${verb}, on mm2`, engine: 'mm2', subject: mm2 }) as const),
  ]
  const needed = ({ verb, subject }: (typeof rows)[number], side: Side): readonly Right[] => rightsFor([verb], side, subject, { isOptionalLeftOut: true }) // prettier-ignore
  const all = rows.flatMap((row) => sides.flatMap((side) => needed(row, side)))
  const isHeld = hasAuthorizer ? await heldRights(cluster, all, options) : () => true
  return rows.flatMap((row) =>
    sides
      .filter((side) => needsOf(row.verb, row.engine).some((need) => need.side === side && need.without === undefined))
      .map((side): VerbPermission => {
        const rights = needed(row, side)
        return {
          verb: row.name,
          side,
          lacks: rights
            .filter((right) => isHeld(right) === false)
            .map((right) => ({ right: rightText(right), grant: grantCommand(right, cluster) })),
          unknown: rights.filter((right) => isHeld(right) === undefined).map(rightText),
        }
      }),
  )
}

/** Topics that links mirror to this cluster; none when its state may not be read. */
async function mirrorsOn(cluster: Cluster, signal: AbortSignal): Promise<readonly string[]> {
  const state = new LinkState(cluster)
  if (typeof (await whyOr(state.glance({ signal }), signal)) === 'string') return []
  return [...new Set(state.links().flatMap(({ name }) => state.mirrors(name).map(({ mirrorTopic }) => mirrorTopic)))]
}
