import { expect, it } from 'vitest'
import { answerOf, fakeBroker, metadataAnswer, ordinary } from '../../test/support/fake-broker.ts'
import { at, never } from '../../test/support/cluster-at.ts'
import { Cluster } from './cluster.ts'
import { deleteTopics } from './wire/messages/delete-topics.ts'
import { metadata } from './wire/messages/metadata.ts'
import { noUuid } from './wire/schema.ts'

const request = { topics: [{ name: 'orders', topicId: noUuid }], timeoutMs: 1_000 }
const done = { throttleMs: 0, topics: [{ name: 'orders', topicId: noUuid, error: 0, errorMessage: null }] }

it.each([
  ['for a moment is asked again', 3, { looks: 4, asked: 1 }],
  ['is told of in the end, and is asked to do nothing', 1_000, { looks: 101, asked: 0 }],
] as const)('a cluster without a controller %s', async (_, without, expected) => {
  let [looks, asked] = [0, 0]
  const broker = ordinary(({ apiKey, port }) => {
    if (apiKey === metadata.apiKey) return metadataAnswer(port, 1, ++looks > without ? 1 : -1)
    if (apiKey !== deleteTopics.apiKey) return 'as usual'
    asked++
    return answerOf(deleteTopics, done)
  })
  await using server = await fakeBroker(broker)
  const settings = { name: 'east', bootstrap: [at(server)], region: undefined, tls: undefined, sasl: undefined }
  await using cluster = new Cluster(settings, { wait: async () => { await Promise.resolve() } }) // prettier-ignore
  const answer = await cluster
    .sendToController(deleteTopics, request, { signal: never })
    .catch((error: unknown) => error)
  expect({ looks, asked }).toEqual(expected)
  if (expected.asked === 1) expect(answer).toEqual(done)
  else expect(answer).toMatchObject({ message: 'cluster "east" has no controller', mayHaveActed: false })
})
