import { expect, it } from 'vitest'
import { clusterRight, grantCommand, groupRight, idRight, rightText, topicRight } from './acl.ts'

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
