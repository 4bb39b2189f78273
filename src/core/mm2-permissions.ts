import { clusterRight, groupRight, idRight, topicRight } from './acl.ts'
import {
  actsOnLink,
  canary,
  canaryGroup,
  destination,
  drillsOnSource,
  namesHolders,
  type Need,
  optional,
  readsState,
  source,
  stateTopic,
} from './needs.ts'

// What is needed otherwise, or besides, where MirrorMaker 2 carries the link. Not georep but its connectors carry records and make topics there: they, and the
// workers that they run in, have rows of their own.

const syncs = 'mm2-offset-syncs.<source>.internal'
const checkpoints = '<source>.checkpoints.internal'
const heartbeats = 'heartbeats'
const heartbeatsBack = '<source>.heartbeats'
const returnOffsets = 'georep.<link>.return-heartbeat-offsets'
/** Connect calls the transactions of its tasks by its workers' group, the connector and the task. */
const sourceIds = '<workers>-georep.<link>.source-*'
const returnIds = '<workers>-georep.<link>.return-heartbeat-*'

const lessThanIs =
  'how far a connector is that does not require exactly once is told as Kafka Connect has written it down'
const markersAre = 'a mirror that lacks nothing but markers of transactions looks behind'
const afterFailover = 'where groups would be --after-failover'
const afterFailoverIs = `${afterFailover} is not known`
const readsLastOfSource = optional('source', topicRight('DescribeConfigs', '<topic>'), lessThanIs)
/**
 * Ends, and the last record of a mirror, and where its like is on the source.
 *
 * @param besides what else is missing without the records of each side
 */
const looksAtLink = (besides = { source: '', destination: '' }): readonly Need[] => [
  ...source(topicRight('Describe', '<topic>')),
  ...optional('source', topicRight('Read', '<topic>'), `${markersAre}, and ${lessThanIs}${besides.source}`),
  ...readsState,
  ...optional(
    'destination',
    topicRight('Describe', '<mirror>'),
    'that its topic was deleted, or made anew, is not seen',
  ),
  ...readsLastOfSource,
  ...optional('destination', topicRight('Read', '<mirror>'), `${lessThanIs}${besides.destination}`),
]
const looksAtGroupsOfSource = source(clusterRight('Describe'), groupRight('Describe', '<group>'))
const looksAtGroups = [
  ...looksAtGroupsOfSource,
  ...destination(clusterRight('Describe'), groupRight('Describe', '<group>')),
]
/** Records are compared on both sides, between two syncs that MirrorMaker has written. */
const translates = [
  ...source(topicRight('Read', '<topic>')),
  ...destination(topicRight('Read', '<mirror>'), topicRight('Read', syncs)),
]
/** Kafka Connect's tasks are kept off by their transactional ids, which begin with the group that their workers are found in. */
const stops = [...actsOnLink, ...destination(clusterRight('Describe'), idRight('Write', sourceIds))]
const asCopiedLast = 'settings of the topics stay as MirrorMaker has copied them last, which is said'
const promotes = [
  ...translates,
  ...source(groupRight('Describe', '<group>')),
  ...stops,
  ...destination(groupRight('Read', '<group>')),
  ...optional('source', topicRight('DescribeConfigs', '<topic>'), asCopiedLast),
  ...optional('destination', topicRight('DescribeConfigs', stateTopic), asCopiedLast),
  ...optional('destination', topicRight('AlterConfigs', '<mirror>'), asCopiedLast),
]
const seesLast = optional('destination', topicRight('Read', checkpoints), 'nothing is known of the groups but what the source tells') // prettier-ignore
const logsOnly = 'commits are moved into the logs only, and not on to where the groups stood on the source'
const checkpointsOnly =
  'groups are moved on to the places that checkpoints of MirrorMaker tell, which may be further back'
const lastSeenOnly =
  'groups are moved on to where MirrorMaker saw them last on the source, as far as it wrote that down'
const clamps = [
  ...[...looksAtGroupsOfSource, ...source(topicRight('Read', '<topic>'))].map((need) => ({
    ...need,
    without: lastSeenOnly,
  })),
  ...optional('destination', topicRight('Read', '<mirror>'), logsOnly),
  ...optional('destination', topicRight('Read', syncs), checkpointsOnly),
  ...seesLast,
]

/** Rows of `permissions` that are others for a link of the engine mm2. */
export const mm2Permissions = {
  'link describe': [
    ...looksAtLink(),
    ...[heartbeats, heartbeatsBack, checkpoints].flatMap((topic) =>
      optional('destination', topicRight('Read', topic), 'when the last one came is not known'),
    ),
  ],
  'link delete': actsOnLink,
  'link delete --with-mirrors': actsOnLink,
  'mirror create': [
    ...source(topicRight('Read', '<topic>'), topicRight('DescribeConfigs', '<topic>')),
    ...optional('source', topicRight('Read', stateTopic), 'no topic that is there already is taken for its mirror'),
    ...actsOnLink,
    ...destination(topicRight('DescribeConfigs', stateTopic), topicRight('Describe', '<mirror>')),
  ],
  'mirror list': looksAtLink(),
  'mirror delete': actsOnLink,
  'mirror promote': [...source(clusterRight('Describe')), ...promotes],
  'mirror promote --fence acl': [...source(clusterRight('Alter')), ...promotes],
  'mirror failover': [
    ...stops,
    ...destination(topicRight('Describe', '<mirror>')),
    ...optional('source', topicRight('Describe', '<topic>'), 'the loss is not known'),
    ...[
      ...looksAtGroupsOfSource,
      ...destination(groupRight('Describe', '<group>'), topicRight('Read', '<mirror>'), topicRight('Read', syncs)),
    ].map((need) => ({
      ...need,
      without: 'a dry run does not know which groups would read again',
    })),
    ...optional(
      'source',
      topicRight('Read', '<topic>'),
      'a dry run does not know the bytes and the age of what would be lost, nor which groups would read again',
    ),
  ],
  lag: [
    ...looksAtLink({
      source: `, and seconds are not known, nor ${afterFailover}`,
      destination: `, and ${afterFailoverIs}`,
    }),
    ...looksAtGroupsOfSource,
    ...namesHolders,
    ...[...looksAtGroups.filter(({ side }) => side === 'destination'), ...destination(topicRight('Read', syncs))].map(
      (need) => ({ ...need, without: afterFailoverIs }),
    ),
  ],
  exposure: [...readsState, ...looksAtGroups, ...translates, ...readsLastOfSource],
  'offset show': [...readsState, ...looksAtGroups, ...translates],
  'offset clamp': [
    ...readsState,
    ...destination(clusterRight('Describe'), topicRight('Describe', '<mirror>'), groupRight('Describe', '<group>')),
    ...clamps,
  ],
  'offset clamp --apply': [
    ...actsOnLink,
    ...destination(clusterRight('Describe'), topicRight('Read', '<mirror>'), groupRight('Read', '<group>')),
    ...clamps.filter(({ right }) => right.resource.type === 'cluster' || right.resource.name !== '<mirror>'),
  ],
  'offset translate': [...looksAtGroupsOfSource, ...readsState, ...translates, ...seesLast],
  'offset translate --verify': [...looksAtGroupsOfSource, ...readsState, ...translates, ...seesLast],
  drill: [
    ...drillsOnSource,
    ...stops,
    ...destination(
      topicRight('DescribeConfigs', stateTopic),
      topicRight('Describe', '<mirror>'),
      // MirrorMaker makes the canary's; by this one the cluster's clock is read.
      topicRight('Create', 'georep-canary-clock-*'),
      topicRight('Read', canary),
      topicRight('Write', canary),
      topicRight('Delete', canary),
      groupRight('Read', canaryGroup),
      groupRight('Delete', canaryGroup),
      topicRight('Read', syncs),
      topicRight('Read', checkpoints),
    ),
  ],
} as const satisfies Readonly<Record<string, readonly Need[]>>

/** What others than georep need so that a link of mm2 is carried. */
export const roles = {
  // Whatever they carry, before there is any link.
  'workers of Kafka Connect': destination(
    groupRight('Read', '<workers>'),
    topicRight('Create', 'connect-*'),
    topicRight('Read', 'connect-*'),
    topicRight('Write', 'connect-*'),
    topicRight('DescribeConfigs', 'connect-*'),
    idRight('Write', 'connect-cluster-<workers>'),
  ),
  'workers of Kafka Connect, of a link': destination(
    topicRight('Write', '<mirror>'),
    topicRight('Write', heartbeats),
    topicRight('Write', heartbeatsBack),
    topicRight('Write', checkpoints),
    idRight('Write', '<workers>-georep.<link>.*'),
  ),
  'connectors of MirrorMaker': [
    ...source(
      topicRight('Read', '<topic>'),
      topicRight('DescribeConfigs', '<topic>'),
      clusterRight('Describe'),
      groupRight('Describe', '<group>'),
      topicRight('Create', heartbeats),
      topicRight('Read', heartbeats),
      topicRight('Write', heartbeats),
      topicRight('DescribeConfigs', heartbeats),
      topicRight('Create', returnOffsets),
      topicRight('Read', returnOffsets),
      topicRight('Write', returnOffsets),
      topicRight('DescribeConfigs', returnOffsets),
      idRight('Write', returnIds),
    ),
    ...destination(
      topicRight('Create', '<mirror>'),
      topicRight('Alter', '<mirror>'),
      topicRight('AlterConfigs', '<mirror>'),
      topicRight('Read', '<mirror>'),
      topicRight('Create', heartbeats),
      topicRight('Create', heartbeatsBack),
      topicRight('AlterConfigs', heartbeatsBack),
      topicRight('Create', syncs),
      topicRight('Read', syncs),
      topicRight('Write', syncs),
      topicRight('Create', checkpoints),
      topicRight('Read', checkpoints),
      clusterRight('Describe'),
      groupRight('Read', '<group>'),
    ),
  ],
} as const satisfies Readonly<Record<string, readonly Need[]>>

export type Role = keyof typeof roles
