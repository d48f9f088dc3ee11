// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Tells whether requests go by a proxy, as the SDK finds one: by properties or the environment. */
final class Proxies {
  private Proxies() {}

  /** Whether there may be one for a scheme. */
  static boolean isSet(String scheme) {
    return isSet(scheme, System::getProperty, System::getenv);
  }

  @SuppressWarnings("NullAway") // the two functions answer with null for what is not set
  static boolean isSet(
      String scheme, UnaryOperator<String> properties, UnaryOperator<String> environment) {
    List<@Nullable String> said =
        java.util.Arrays.asList(
            properties.apply(scheme + ".proxyHost"),
            environment.apply(scheme + "_proxy"),
            environment.apply(scheme.toUpperCase(Locale.ROOT) + "_PROXY"));
    return said.stream().anyMatch(s -> s != null && !s.isBlank());
  }
}
