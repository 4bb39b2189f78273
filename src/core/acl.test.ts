import { expect, it } from 'vitest'
import type { AclBinding } from './acl-binding.ts'
import {
  clusterRight,
  denialsOf,
  grantCommand,
  groupRight,
  idRight,
  removeDenialCommand,
  rightText,
  topicRight,
} from './acl.ts'

const to = { principal: 'User:georep', bootstrap: ['kafka-west:9092', 'kafka-west-2:9092'] }
const head =
  'kafka-acls.sh --bootstrap-server kafka-west:9092,kafka-west-2:9092 --command-config admin.properties --add'

it.each([
  [topicRight('Write', 'orders'), 'Write on topic "orders"', '--operation Write --topic orders'],
  [groupRight('Read', 'app 1'), 'Read on group "app 1"', "--operation Read --group 'app 1'"],
  [
    idRight('Write', 'georep-act-a-b'),
    'Write on transactional id "georep-act-a-b"',
    '--operation Write --transactional-id georep-act-a-b',
  ],
  [clusterRight('Alter'), 'Alter on the cluster', '--operation Alter --cluster'],
  [
    topicRight('Read', 'orders-*'),
    'Read on topic "orders-*"',
    '--operation Read --topic orders- --resource-pattern-type prefixed',
  ],
  [topicRight('Read', '*'), 'Read on topic "*"', "--operation Read --topic '*'"],
] as const)('%# is told and granted', (right, text, grant) => {
  expect(rightText(right)).toBe(text)
  expect(grantCommand(right, to)).toBe(`${head} --allow-principal User:georep ${grant}`)
})

it('a principal that is not known is left to fill in', () => {
  expect(grantCommand(clusterRight('Alter'), { ...to, principal: undefined })).toContain(
    "--allow-principal '<principal>'",
  )
})

const denial = (
  type: 'topic' | 'group' | 'cluster',
  name: string,
  more: Partial<AclBinding & AclBinding['resource']> = {},
): AclBinding => {
  const { pattern = 'literal', ...rest } = more
  return { resource: { type, name, pattern }, principal: 'User:georep', host: '*', operation: 'Write', permission: 'Deny', ...rest } // prettier-ignore
}

it.each([
  [denial('topic', 'orders'), '--deny-principal User:georep --operation Write --topic orders'],
  [denial('topic', '*', { principal: 'User:*', operation: 'All' }), "--deny-principal 'User:*' --operation All --topic '*'"],
  [denial('group', 'app-', { pattern: 'prefixed', host: '10.0.0.1' }), '--deny-principal User:georep --deny-host 10.0.0.1 --operation Write --group app- --resource-pattern-type prefixed'],
  [denial('cluster', 'kafka-cluster', { operation: 'Alter' }), '--deny-principal User:georep --operation Alter --cluster'],
] as const)('%# a denial is taken back', (one, command) => {
  expect(removeDenialCommand(one, to)).toBe(`${head.replace('--add', '--remove --force')} ${command}`)
}) // prettier-ignore

it('finds the denials that keep a principal from what it may be granted, and no others', () => {
  const inTheWay = [
    denial('topic', 'orders'),
    denial('topic', 'or', { pattern: 'prefixed', operation: 'All' }),
    denial('topic', '*', { principal: 'User:*' }),
    denial('topic', 'orders', { operation: 'Describe' }),
  ]
  const others = [
    denial('topic', 'orders', { permission: 'Allow' }),
    denial('topic', 'orders', { principal: 'User:app' }),
    denial('topic', 'orders', { operation: 'Read' }),
    denial('topic', 'orders-2'),
    denial('group', 'orders'),
  ]
  expect(denialsOf(topicRight('Write', 'orders'), 'User:georep', [...inTheWay, ...others])).toEqual(inTheWay)
  expect(denialsOf(topicRight('Write', 'orders'), undefined, inTheWay)).toEqual([inTheWay[2]])
  const onCluster = [denial('cluster', 'kafka-cluster', { operation: 'Alter' }), denial('cluster', 'kafka-cluster', { operation: 'Describe' })] // prettier-ignore
  expect(denialsOf(clusterRight('Alter'), 'User:georep', onCluster)).toEqual([onCluster[0]])
})
