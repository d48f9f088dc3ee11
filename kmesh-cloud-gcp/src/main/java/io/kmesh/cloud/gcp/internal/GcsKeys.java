// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreChecks;
import java.util.Map;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** What Cloud Storage refuses beside what every store does, told before anything is sent. */
final class GcsKeys {
  private static final String ACME = ".well-known/acme-challenge/";

  private final StoreChecks checks;
  private final GcsFailures failures;
  private final String uploads;

  GcsKeys(StoreChecks checks, GcsFailures failures, String uploads) {
    this.checks = checks;
    this.failures = failures;
    this.uploads = uploads;
  }

  StoreChecks checks() {
    return checks;
  }

  void key(String verb, String key) throws ProviderException {
    checks.key(verb, key);
    String reason = null;
    if (key.equals(".") || key.equals("..")) {
      reason = "Cloud Storage has no object of that name";
    } else if (key.indexOf('\n') >= 0 || key.indexOf('\r') >= 0) {
      reason = "Cloud Storage's names hold no line breaks";
    } else if (key.startsWith(ACME)) {
      reason = "Cloud Storage's names do not begin with " + ACME;
    } else if (isHidden(key)) {
      reason = "parts of uploads are kept under " + uploads;
    }
    if (reason != null) {
      throw failures.of(ErrorKind.INVALID, verb, key, reason + ". Use another key");
    }
  }

  void target(String verb, String key, PutOptions options) throws ProviderException {
    key(verb, key);
    checks.target(verb, key, options);
    metadata(verb, key, options.metadata());
  }

  /** A value goes through headers when it is read, where outer spaces are lost. */
  void metadata(String verb, String key, Map<String, String> metadata) throws ProviderException {
    checks.metadata(verb, key, metadata);
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      if (!entry.getValue().equals(entry.getValue().strip())) {
        throw failures.of(
            ErrorKind.INVALID,
            verb,
            key,
            "the value of the metadata "
                + entry.getKey()
                + " begins or ends with a space, which reads would lose. Encode it");
      }
    }
  }

  boolean isHidden(String key) {
    return key.startsWith(uploads);
  }

  /** The generation that a condition asks for; null for none, 0 for an absent object. */
  @Nullable Long generation(String verb, String key, Condition condition) throws ProviderException {
    if (condition instanceof Condition.Absent) {
      return 0L;
    }
    if (!(condition instanceof Condition.Matches matches)) {
      return null;
    }
    try {
      long generation = Long.parseLong(matches.etag());
      if (generation > 0) {
        return generation;
      }
    } catch (NumberFormatException e) {
      // No object has such an ETag.
    }
    throw failures.of(
        ErrorKind.PRECONDITION,
        verb,
        key,
        "no object has the ETag " + matches.etag() + ". Look at it again");
  }

  /** The generation of an object that must exist. */
  @Nullable Long existing(String verb, String key, Condition condition) throws ProviderException {
    checks.sourceCondition(verb, key, condition);
    return generation(verb, key, condition);
  }

  static void add(HttpUrl.Builder url, String parameter, @Nullable Long generation) {
    if (generation != null) {
      url.addQueryParameter(parameter, Long.toString(generation));
    }
  }
}
