/** Passkeys by the browser's own JSON forms, with a hand-made path for those that lack them. */

export const hasPasskeys = typeof PublicKeyCredential !== 'undefined' && Boolean(navigator.credentials)

type Json = Record<string, unknown>

const bytes = (text: string) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0))
const text = (buffer: ArrayBuffer | null | undefined) =>
  buffer ? btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '') : null

function withBytes(list: unknown): PublicKeyCredentialDescriptor[] {
  return ((list as { id: string; type: 'public-key'; transports?: AuthenticatorTransport[] }[] | undefined) ?? []).map((one) => ({ ...one, id: bytes(one.id) }))
}

/** A new passkey for these options; null when the person turned back. */
export async function makePasskey(options: Json): Promise<Json | null> {
  const given = options as unknown as PublicKeyCredentialCreationOptionsJSON
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON?.(given) ?? {
    ...(given as unknown as PublicKeyCredentialCreationOptions),
    challenge: bytes(given.challenge),
    user: { ...given.user, id: bytes(given.user.id) },
    excludeCredentials: withBytes(given.excludeCredentials),
  }
  return asJson(await quietly(navigator.credentials.create({ publicKey })))
}

/** A signature by a passkey; null when the person turned back. */
export async function usePasskey(options: Json): Promise<Json | null> {
  const given = options as unknown as PublicKeyCredentialRequestOptionsJSON
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON?.(given) ?? {
    ...(given as unknown as PublicKeyCredentialRequestOptions),
    challenge: bytes(given.challenge),
    allowCredentials: withBytes(given.allowCredentials),
  }
  return asJson(await quietly(navigator.credentials.get({ publicKey })))
}

async function quietly(asked: Promise<Credential | null>): Promise<PublicKeyCredential | null> {
  try {
    return (await asked) as PublicKeyCredential | null
  } catch (error) {
    if (error instanceof DOMException && ['NotAllowedError', 'AbortError'].includes(error.name)) return null
    throw error
  }
}

function asJson(credential: PublicKeyCredential | null): Json | null {
  if (!credential) return null
  if (credential.toJSON) return credential.toJSON() as unknown as Json
  const answer = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      attestationObject: text(answer.attestationObject) ?? undefined,
      authenticatorData: text(answer.authenticatorData) ?? undefined,
      signature: text(answer.signature) ?? undefined,
      userHandle: text(answer.userHandle) ?? undefined,
    },
  }
}
