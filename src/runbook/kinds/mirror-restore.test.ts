import { expect, it } from 'vitest'
import { mirror } from '../../../test/support/links.ts'
import type { RestoredTopic, SavedPartition } from '../../engines/engine.ts'
import { savedText } from './mirror-restore.ts'

const topic = (name: string, how: RestoredTopic['how']) => ({ record: mirror(name, { state: 'ACTIVE' }, [[5n, 5n]]).record, how }) // prettier-ignore
const saved = (...records: readonly bigint[]) => ({ saved: records.map((count) => ({ records: count }) as SavedPartition) }) // prettier-ignore

it.each([
  ['two that were replaced', [topic('orders', 'replace'), topic('audit', 'replace')], '8 records that never arrived were saved in ./out'],
  ['one that has lost nothing that could be saved', [topic('orders', 'replace')], '8 records that never arrived were saved in ./out'],
  ['one that a process that was killed had deleted', [topic('orders', 'finish')], 'what never arrived of "orders" was saved before, by the process that has deleted it'],
  ['one of each', [topic('orders', 'replace'), topic('audit', 'finish')], '8 records that never arrived were saved in ./out; what never arrived of "audit" was saved before, by the process that has deleted it'],
  ['logs that have not parted', [topic('orders', 'goOn')], 'none was replaced'],
] as const)('of %s it is said what was saved', (_what, topics, text) => {
  expect(savedText(topics, new Map([['orders', saved(5n, 3n)], ['audit', saved()]]), './out')).toBe(text)
}) // prettier-ignore
