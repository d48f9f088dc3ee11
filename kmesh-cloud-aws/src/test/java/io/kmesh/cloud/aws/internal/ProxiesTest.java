// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxiesTest {
  @ParameterizedTest
  @CsvSource({
    "https.proxyHost, p, '', '', true",
    "http.proxyHost, p, '', '', false",
    "https.proxyHost, ' ', '', '', false",
    "'', '', https_proxy, http://p:1, true",
    "'', '', HTTPS_PROXY, http://p:1, true",
    "'', '', http_proxy, http://p:1, false",
    "'', '', no_proxy, x, false",
  })
  void isSet_looksAtWhatTheSdkLooksAt(
      String property, String value, String variable, String said, boolean expected) {
    Map<String, String> properties = Map.of(property, value);
    Map<String, String> environment = Map.of(variable, said);
    assertThat(Proxies.isSet("https", properties::get, environment::get)).isEqualTo(expected);
  }
}
