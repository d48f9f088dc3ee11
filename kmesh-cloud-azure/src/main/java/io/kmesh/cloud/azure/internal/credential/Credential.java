// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal.credential;

/** How requests are authorised. */
public sealed interface Credential {
  /**
   * A key of the account.
   *
   * @param account its name
   * @param key in Base64
   */
  record SharedKey(String account, Secret key) implements Credential {}

  /**
   * A shared access signature.
   *
   * @param token the query, without a question mark
   */
  record Sas(Secret token) implements Credential {}

  /**
   * Tokens of Microsoft Entra ID.
   *
   * @param tokens the one flight that renews them
   */
  record Bearer(TokenFlight tokens) implements Credential {}
}
