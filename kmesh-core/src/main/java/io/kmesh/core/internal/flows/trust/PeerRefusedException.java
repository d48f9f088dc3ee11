// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import java.security.cert.CertificateException;

/** Why a peer may not speak: the reason and the advice of an error, without its beginning. */
final class PeerRefusedException extends CertificateException {
  private static final long serialVersionUID = 1L;

  private final String reason;
  private final String advice;

  PeerRefusedException(String reason, String advice) {
    super(reason + ". " + advice);
    this.reason = reason;
    this.advice = advice;
  }

  String reason() {
    return reason;
  }

  String advice() {
    return advice;
  }
}
