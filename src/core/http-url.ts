/** Whether the text is an http or https URL that names a place and nothing else: no user, no query, no fragment. */
export function isPlainHttpUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#\s]/.test(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === '' && !text.includes('@')
}
