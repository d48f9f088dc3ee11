// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.testkit.gcs.FakeGcs;
import io.kmesh.testkit.proxy.ForwardProxy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cloud Storage behind an HTTP proxy; the server's name is known to nobody. */
class GcsProxyTest {
  private FakeGcs gcs;

  @BeforeEach
  void start() throws IOException {
    gcs = FakeGcs.start().bucket("bucket");
  }

  @AfterEach
  void stop() {
    gcs.close();
  }

  private static String run(ForwardProxy proxy) throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "-Dhttp.proxyHost=127.0.0.1",
                    "-Dhttp.proxyPort=" + proxy.port(),
                    ProxiedMain.class.getName(),
                    "http://store.invalid:8333"))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said.strip();
  }

  @Test
  void proxyOfTheProperties_isUsed() throws Exception {
    try (ForwardProxy proxy = ForwardProxy.to(gcs.endpoint().getPort())) {
      assertThat(run(proxy)).isEqualTo("true 300000 1");
      assertThat(proxy.requests())
          .isNotEmpty()
          .allMatch(r -> r.contains(" http://store.invalid:8333/"));
    }
  }

  /** OkHttp knows no user of a proxy, unless it is told one. */
  @Test
  void proxyThatWantsAUser_isAFailureThatSaysSo() throws Exception {
    try (ForwardProxy proxy = ForwardProxy.to(gcs.endpoint().getPort(), "ann", "secret")) {
      assertThat(run(proxy)).contains("Cannot put a/k").contains("407");
      assertThat(proxy.requests()).isNotEmpty().allMatch(r -> r.endsWith(" 407"));
    }
  }
}
