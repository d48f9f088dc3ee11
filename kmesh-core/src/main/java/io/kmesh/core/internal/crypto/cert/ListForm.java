// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto.cert;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.x509.CertificateList;

/** The form of a list of revoked certificates (RFC 5280), which the JDK reads generously. */
public final class ListForm {
  private ListForm() {}

  /**
   * Whether bytes are one list, written in the only way that there is: the JDK keeps what it was
   * given, and takes a signature's count of unused bits as said.
   *
   * @throws GeneralSecurityException when they are no list
   */
  public static boolean isTheOnly(byte[] der) throws GeneralSecurityException {
    try {
      CertificateList list = CertificateList.getInstance(der);
      return list.getSignature().getPadBits() == 0
          && Arrays.equals(list.getEncoded(ASN1Encoding.DER), der);
    } catch (IOException | IllegalArgumentException e) {
      throw new GeneralSecurityException("it is not in DER", e);
    }
  }
}
