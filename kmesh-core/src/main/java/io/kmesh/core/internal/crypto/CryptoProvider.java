// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto;

import java.lang.reflect.Method;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who computes AES-256-GCM and HMAC-SHA-256: the Amazon Corretto Crypto Provider where it is on the
 * path and passes its own tests, else the JDK. It is never installed for the rest of the host
 * program. Immutable.
 *
 * <p>The system property {@code kmesh.crypto.provider}, {@code jdk} or {@code accp}, forces one.
 */
public final class CryptoProvider {
  /** The system property that forces a provider. */
  static final String PROPERTY = "kmesh.crypto.provider";

  private static final Logger LOG = LoggerFactory.getLogger(CryptoProvider.class);
  private static final String ACCP =
      "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";
  private static final String GCM = "AES/GCM/NoPadding";
  static final String HMAC = "HmacSHA256";

  /**
   * Loading Corretto's provider with its self tests costs 0.4 CPU-s; the JDK's, while it is slow,
   * takes a quarter of that for this much. Short commands seal and open less.
   */
  private static final long SMALL = 8 << 20;

  private static final AtomicLong VOLUME = new AtomicLong();
  private static final CryptoProvider STOPGAP = new CryptoProvider("jdk", null);

  private static volatile boolean isChosen;

  private static final class Chosen {
    private static final CryptoProvider ONE = choose(System.getProperty(PROPERTY, ""));

    static {
      isChosen = true;
    }
  }

  private final String name;
  private final @Nullable Provider provider; // null: the JDK's own choice

  private CryptoProvider(String name, @Nullable Provider provider) {
    this.name = name;
    this.provider = provider;
  }

  /**
   * The one in use.
   *
   * @throws IllegalStateException when one is forced that is not there
   */
  public static CryptoProvider current() {
    return Chosen.ONE;
  }

  /**
   * The one for a message that is about to be sealed or opened: the JDK's while there is little.
   */
  static CryptoProvider forMessage(int length) {
    return VOLUME.addAndGet(length) < SMALL && System.getProperty(PROPERTY) == null
        ? STOPGAP
        : current();
  }

  /** The one that another call needed already, which costs nothing now, else the JDK's. */
  static CryptoProvider ifChosen() {
    return isChosen ? current() : STOPGAP;
  }

  /** Whether another will do when there is more. */
  boolean isStopgap() {
    return this == STOPGAP;
  }

  /** The JDK's. */
  static CryptoProvider jdk() {
    return new CryptoProvider("jdk", null);
  }

  static CryptoProvider choose(String forced) {
    if (forced.equals("jdk")) {
      return jdk();
    }
    if (!forced.isEmpty() && !forced.equals("accp")) {
      throw new IllegalStateException(
          "Cannot use the crypto provider that -D"
              + PROPERTY
              + " asks for: jdk and accp are known. Name one of these, or leave it out.");
    }
    try {
      return accp();
    } catch (GeneralSecurityException | LinkageError e) {
      if (forced.isEmpty()) {
        LOG.debug("AES-256-GCM is computed by the JDK: {}", e.getMessage());
        return jdk();
      }
      throw new IllegalStateException(
          "Cannot use the crypto provider accp, which -D"
              + PROPERTY
              + " asks for: "
              + e.getMessage()
              + ". Put AmazonCorrettoCryptoProvider for this platform on the path, or leave"
              + " the property out.",
          e);
    }
  }

  /** Found by name, so that Kmesh compiles and runs without it. */
  private static CryptoProvider accp() throws GeneralSecurityException {
    try {
      Class<?> type = Class.forName(ACCP);
      Provider found = (Provider) type.getDeclaredConstructor().newInstance();
      // A native library that did not load shows here, not at the first cipher.
      type.getMethod("assertHealthy").invoke(found);
      Method selfTest = type.getMethod("runSelfTests");
      Object status = selfTest.invoke(found);
      if (!"PASSED".equals(String.valueOf(status))) {
        throw new GeneralSecurityException("its own tests say " + status);
      }
      Cipher.getInstance(GCM, found);
      Mac.getInstance(HMAC, found);
      return new CryptoProvider("accp", found);
    } catch (ClassNotFoundException e) {
      throw new GeneralSecurityException("it is not on the path", e);
    } catch (ReflectiveOperationException e) {
      throw new GeneralSecurityException("it does not work here (" + e.getCause() + ")", e);
    }
  }

  /** {@code jdk} or {@code accp}, for statistics. */
  public String name() {
    return name;
  }

  /** Whether its ciphers are slow until the JIT has compiled them. */
  boolean warmsUp() {
    return provider == null;
  }

  Cipher gcm() {
    try {
      return provider == null ? Cipher.getInstance(GCM) : Cipher.getInstance(GCM, provider);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has AES-256-GCM.", e);
    }
  }

  Mac hmac() {
    try {
      return provider == null ? Mac.getInstance(HMAC) : Mac.getInstance(HMAC, provider);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has HMAC-SHA-256.", e);
    }
  }

  @Override
  public String toString() {
    return "CryptoProvider(" + name + ")";
  }
}
