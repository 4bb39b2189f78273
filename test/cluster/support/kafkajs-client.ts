import { randomInt } from 'node:crypto'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { eventually } from './eventually.ts'

/**
 * What the tests observe clusters with: kafkajs's own client, none of georep's code. It asks the first broker of its list, and never leaves one that takes
 * connections and does not answer, as one does that is frozen: each client begins with another.
 */
export function kafkajsClient(bootstrap: readonly string[]): Kafka {
  const first = randomInt(bootstrap.length)
  const brokers = [...bootstrap.slice(first), ...bootstrap.slice(0, first)]
  return new kafkajs.Kafka({ clientId: 'observer', brokers, logLevel: kafkajs.logLevel.NOTHING })
}

/** Without the warning that kafkajs prints when none is named. */
export const createPartitioner = kafkajs.Partitioners.DefaultPartitioner

/** An admin client that waits for the leaders of a topic that it makes: kafkajs's own waiting gives up when a broker has not heard of the topic yet. */
export function adminOf(kafka: Kafka): Admin {
  const admin = kafka.admin()
  const createTopics = admin.createTopics.bind(admin)
  const areLed = async (topics: string[]): Promise<boolean> => {
    const found = await admin.fetchTopicMetadata({ topics })
    return found.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))
  }
  admin.createTopics = async ({ waitForLeaders = true, ...options }) => {
    const isMade = await createTopics({ ...options, waitForLeaders: false })
    const topics = options.topics.map(({ topic }) => topic)
    if (waitForLeaders) await eventually(`topics ${topics.join()} have leaders`, async () => await areLed(topics).catch(() => false)) // prettier-ignore
    return isMade
  }
  return admin
}
