/**
 * The words of a command line that is still being typed, as a shell would split it: the last one is where the cursor is, and empty after a blank. A
 * quote that is still open ends with the line.
 */
export function wordsOfLine(line: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    if (quote !== undefined && character === quote) quote = undefined
    else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character
      word ??= ''
    } else if (character === '\\' && quote !== "'") {
      at++
      word = (word ?? '') + line.charAt(at)
    } else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word = (word ?? '') + character
    }
  }
  return [...words, word ?? '']
}
