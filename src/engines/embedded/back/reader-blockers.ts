import { BrokerError } from '../../../kafka/error-codes.ts'
import { placeOfKey } from '../../../kafka/topic-partition.ts'
import { isIdle } from '../../../links/group-sync.ts'
import type { GroupsNow } from '../../../links/plan-moves.ts'
import type { Blocker } from '../../engine.ts'

/** Groups that would find a topic that begins anew while they read it; those, too, of which that is not known. */
export function readerBlockers({ listed, commits }: GroupsNow, topic: string, cluster: string): readonly Blocker[] {
  return [...listed.values()].flatMap(({ group, state }) => {
    if (isIdle(state)) return []
    const [own, is] = [commits.get(group), `group "${group}" is ${state} on "${cluster}"`]
    if (own === undefined || own instanceof BrokerError) return [`${is}, and whether it reads the topic that is to be replaced is not known${own === undefined ? '' : `: ${own.message}`}`] // prettier-ignore
    const isReader = [...own.keys()].some((key) => placeOfKey(key).topic === topic)
    return isReader ? [`${is}, and reads the topic that is to be replaced`] : []
  })
}
