import type { Service } from './types'

/** What stands where the reader puts their own, in the reader's language. */
export interface Own {
  account: string
  key: string
  caseNumber: string
  person: string
  opening: string
  sealing: string
}

/** A call by the client package: it opens the session, signs, retries and verifies the receipt. */
export function pythonOf(one: Service, origin: string, own: Own): string {
  const key = JSON.stringify((one.example as { key?: object }).key ?? {})
  const purpose = one.purposes[0] ?? ''
  const more = [
    one.case_required ? `, case="${own.caseNumber}"` : '',
    one.person_required ? `, person="${own.person}"` : '',
    one.factor_required ? ', factor_at=datetime.now(UTC)' : '',
  ].join('')
  return [
    ...(one.factor_required ? ['from datetime import UTC, datetime', ''] : []),
    'from zhengtong_client import Account, Client, PrivateKey',
    '',
    `account = Account("${own.account}", "${own.key}", PrivateKey.from_pem_file("system.key"))`,
    `with Client("${origin}", account) as city:`,
    `    share = city.item("${one.agreement}", "${one.item_code}", purpose="${purpose}"${more})`,
    `    answer = share.lookup(${key})`,
    '    print(answer.row, answer.receipt_id)',
  ].join('\n')
}

/** The headers that a call of this service has, by name; a value that the reader puts in is percent-encoded by the shell. */
function headersOf(one: Service, own: Own): { name: string; variable: string; set: string; typed: boolean }[] {
  return [
    ...(one.case_required ? [{ name: 'Case', variable: 'CASE', set: `CASE='${own.caseNumber}'`, typed: true }] : []),
    ...(one.factor_required ? [{ name: 'Factor-At', variable: 'SHOWN', set: 'SHOWN=$(date -u +%Y-%m-%dT%H:%M:%SZ)', typed: false }] : []),
    ...(one.person_required ? [{ name: 'Person', variable: 'PERSON', set: `PERSON='${own.person}'`, typed: true }] : []),
    { name: 'Purpose', variable: 'PURPOSE', set: `PURPOSE='${encodeURIComponent(one.purposes[0] ?? '')}'`, typed: false },
  ]
}

/** The same by hand, with curl and OpenSSL 3 alone: the session's six lines, the seal's, then the call. */
export function curlOf(one: Service, origin: string, own: Own): string {
  const headers = headersOf(one, own)
  return [
    `SYSTEM='${own.account}'; KEY_ID='${own.key}'; KEY='system.key'`,
    `BODY='${JSON.stringify(one.example)}'`,
    ...headers.map((header) => header.set),
    `CITY='${origin}'; CALL='${one.path}/lookup'`,
    '',
    "hex() { od -An -v -tx1 | tr -d ' \\n'; }",
    'now() { date -u +%Y-%m-%dT%H:%M:%SZ; }',
    'told() { printf %s "$OPENED" | sed "s/.*\\"$1\\": *\\"\\([^\\"]*\\)\\".*/\\1/"; }',
    '',
    `# ${own.opening}`,
    'TIME=$(now); NONCE=$(openssl rand -hex 16)',
    "TEXT=$(printf 'ZT-SERVICE-SESSION-1\\n%s\\n%s\\n%s\\n%s\\n%s' \"$CITY\" \"$SYSTEM\" \"$KEY_ID\" \"$TIME\" \"$NONCE\")",
    'SEAL=$(printf %s "$TEXT" | openssl dgst -sm3 -sign "$KEY" -sigopt distid:1234567812345678 | hex)',
    "OPENED=$(curl -sS \"$CITY/api/v1/service-sessions\" -H 'Content-Type: application/json' \\",
    '  -d "{\\"system\\":\\"$SYSTEM\\",\\"key\\":\\"$KEY_ID\\",\\"time\\":\\"$TIME\\",\\"nonce\\":\\"$NONCE\\",\\"signature\\":\\"$SEAL\\"}")',
    'case $OPENED in *sealed_key*) ;; *) echo "$OPENED"; exit 1 ;; esac',
    'SECRET=$(told sealed_key | xxd -r -p | openssl pkeyutl -decrypt -inkey "$KEY" | hex)',
    '',
    `# ${own.sealing}`,
    'TIME=$(now); NONCE=$(openssl rand -hex 16); SESSION=$(told session)',
    'DIGEST=$(printf %s "$BODY" | openssl dgst -sm3 -binary | hex)',
    ...headers.filter((header) => header.typed).map(({ variable }) => `${variable}=$(printf %s "$${variable}" | hex | sed 's/../%&/g')`),
    `TEXT=$(printf 'ZT-HMAC-SM3-2\\nPOST${'\\n%s'.repeat(5)}${headers.map(({ name }) => `\\nx-zhengtong-${name.toLowerCase()}:%s`).join('')}' \\`,
    `  "$CALL" "$SESSION" "$TIME" "$NONCE" "$DIGEST" ${headers.map(({ variable }) => `"$${variable}"`).join(' ')})`,
    'SEAL=$(printf %s "$TEXT" | openssl dgst -sm3 -mac HMAC -macopt "hexkey:$SECRET" -binary | hex)',
    'curl -sS -i -X POST "$CITY$CALL" -H \'Content-Type: application/json\' -d "$BODY" \\',
    '  -H "Authorization: ZT-HMAC-SM3 session=$SESSION, time=$TIME, nonce=$NONCE, body=$DIGEST, signature=$SEAL" \\',
    headers.map(({ name, variable }) => `  -H "X-Zhengtong-${name}: $${variable}"`).join(' \\\n'),
  ].join('\n')
}
