import { clusterRight, groupRight, idRight, topicRight } from './acl.ts'
import { actId, destination, optional, source, stateTopic } from './needs.ts'

// What `georep link run` is permitted, and where it does without.

export const runnerId = 'georep-runner-<link>'
export const hidingId = 'georep-hide-<link>'

export const carries = [
  ...source(topicRight('Read', '<topic>'), clusterRight('Describe'), groupRight('Describe', '<group>')),
  ...destination(
    topicRight('Read', stateTopic),
    topicRight('Write', stateTopic),
    idRight('Write', runnerId),
    topicRight('Read', '<mirror>'),
    topicRight('Write', '<mirror>'),
    clusterRight('Describe'),
    groupRight('Read', '<group>'),
  ),
  ...optional('destination', clusterRight('DescribeConfigs'), 'batches go one at a time'),
  ...optional('destination', clusterRight('Alter'), 'offsets that no consumer sees, of transactions and compaction, are hidden in transactions, slowly, no ACLs are brought over, and no mirror is protected'), // prettier-ignore
  ...optional('destination', idRight('Write', hidingId), 'mirrors stop at offsets that no consumer sees, where Alter on the cluster is not permitted'), // prettier-ignore
  ...optional('destination', topicRight('Delete', '<mirror>'), 'no mirror begins of a source whose log does not begin at 0'), // prettier-ignore
]
const noSettings = 'settings of mirrors are not kept as the source has them'
const noPartitions = 'partitions that are added to source topics are not mirrored'
/** What a runner does beside carrying records, so that mirror topics stay as their sources are. */
export const keepsAsSource = {
  mirrors: [
    ...optional('destination', topicRight('AlterConfigs', '<mirror>'), noSettings),
    ...optional('destination', topicRight('Alter', '<mirror>'), noPartitions),
  ],
  all: [
    ...optional(
      'source',
      topicRight('DescribeConfigs', '<topic>'),
      `${noSettings}, nor is it known whether tombstones were missed`,
    ),
    ...optional('destination', idRight('Write', actId), 'neither settings nor partitions of mirrors, nor ACLs, are kept as the source has them, and no mirror is protected'), // prettier-ignore
    ...optional('destination', topicRight('DescribeConfigs', stateTopic), noSettings),
  ],
}
