import { afterAll, beforeAll } from 'vitest'
import { connectContract } from '../../test/support/connect-contract.ts'
import { FakeConnect } from '../../test/support/fake-connect.ts'

// The same as of a real one, test/cluster/sandbox-connect.test.ts: the fake may stand for it elsewhere.

let fake: FakeConnect

beforeAll(async () => {
  fake = await FakeConnect.start('cluster-id')
})
afterAll(async () => {
  await fake[Symbol.asyncDispose]()
})

connectContract(() => ({ url: fake.url, kafkaClusterId: 'cluster-id', bootstrap: { source: 'a:1', target: 'b:1' } }))
