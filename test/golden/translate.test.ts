import { it } from 'vitest'
import { jsonDocument } from '../../src/cli/json.ts'
import { renderTranslations, translatedRow, type TranslateView } from '../../src/cli/offset/translate-view.ts'
import { styleOf } from '../../src/cli/style.ts'
import { offset } from '../../src/core/offset.ts'
import { comparedBy, placeOnMirror, type Translated } from '../../src/core/translation.ts'
import { expectGolden } from './golden.ts'

it('offset translate', () => {
  const logs = { source: { start: offset(0n), end: offset(140n) }, destination: { start: offset(0n), end: offset(118n) }, stoppedAt: undefined } // prettier-ignore
  const record = { offset: 100n, timestampMs: 1_767_323_045_000n, isLogAppendTime: false, hash: '0123456789abcdef'.repeat(2) } // prettier-ignore
  const other = { ...record, hash: 'fedcba9876543210'.repeat(2) }
  const found: readonly (readonly [string | null, number, bigint, Translated])[] = [
    ['billing', 0, 100n, placeOnMirror(offset(100n), logs)],
    ['billing', 1, 100n, comparedBy(placeOnMirror(offset(100n), logs), record, record)],
    ['orders-app', 0, 120n, placeOnMirror(offset(120n), logs)],
    ['orders-app', 1, 100n, comparedBy(placeOnMirror(offset(100n), logs), record, other)],
    [null, 0, 141n, placeOnMirror(offset(141n), logs)],
  ]
  const at = new Date('2026-01-02T03:04:05Z')
  const checkpoint = (group: string | null, partition: number): Parameters<typeof translatedRow>[2] =>
    group === null ? undefined : { from: offset(90n), to: offset(partition === 0 ? 77n : 101n), at }
  const rows = found.map(([group, partition, from, translated]) =>
    translatedRow(
      { group, sourceTopic: 'orders', topic: 'orders', partition, from },
      translated,
      checkpoint(group, partition),
    ),
  )
  const view: TranslateView = {
    link: 'east-west',
    by: 'mapping',
    source: 'east',
    destination: 'west',
    isVerified: true,
    isBesideCheckpoints: false,
    translations: rows,
    unknownGroups: [{ group: 'orders-odd', why: 'no leader' }],
  }
  expectGolden('offset-translate.txt', renderTranslations(view, styleOf({ hasColor: false })))
  const beside = { ...view, isBesideCheckpoints: true }
  expectGolden('offset-translate-checkpoints.txt', renderTranslations(beside, styleOf({ hasColor: false })))
  expectGolden('offset-translate-json.txt', jsonDocument('georep.offset-translate/1', beside))
})
