// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.cloud.aws.ScriptedS3.Answer;
import io.kmesh.cloud.aws.ScriptedS3.Request;
import io.kmesh.testkit.proxy.ForwardProxy;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * S3 behind an HTTP proxy. The server's name is known to nobody: all that arrives came by the
 * proxy.
 */
class S3ProxyServerTest {
  private static final String ENDPOINT = "http://store.invalid:8333";

  private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
  private ScriptedS3 server;

  @BeforeEach
  void start() throws IOException {
    server = new ScriptedS3();
    server.answers(this::answer);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Answer answer(Request request) {
    String key = URI.create(request.target()).getPath().replaceFirst("^/bucket/?", "");
    byte[] body = objects.get(key);
    switch (request.method()) {
      case "PUT" -> {
        objects.put(key, request.body());
        return Answer.of(200, "", "ETag", "\"e1\"");
      }
      case "DELETE" -> {
        objects.remove(key);
        return Answer.of(204, "");
      }
      case "HEAD" -> {
        return Answer.of(
            200, "", "ETag", "\"e1\"", "Content-Length", Integer.toString(body.length));
      }
      default -> {
        if (key.isEmpty()) {
          return Answer.of(
              200,
              "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a/k</Key>"
                  + "<LastModified>2026-11-02T10:00:00.000Z</LastModified><ETag>\"e1\"</ETag>"
                  + "<Size>300000</Size></Contents></ListBucketResult>");
        }
        Answer answer =
            Answer.of(
                206,
                new String(body, StandardCharsets.ISO_8859_1),
                "ETag",
                "\"e1\"",
                "Content-Range",
                "bytes 0-" + (body.length - 1) + "/" + body.length);
        return answer;
      }
    }
  }

  private int serverPort() {
    return URI.create(server.url()).getPort();
  }

  private static String run(Map<String, String> environment, String... properties)
      throws Exception {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    line.addAll(List.of(properties));
    line.addAll(List.of(ProxiedMain.class.getName(), ENDPOINT));
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.DISCARD);
    for (String name : List.of("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY")) {
      builder.environment().remove(name);
    }
    builder.environment().putAll(environment);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said.strip();
  }

  @Test
  void proxyOfTheProperties_withItsUser_isUsed() throws Exception {
    try (ForwardProxy proxy = ForwardProxy.to(serverPort(), "ann", "secret")) {
      String said =
          run(
              Map.of(),
              "-Dhttp.proxyHost=127.0.0.1",
              "-Dhttp.proxyPort=" + proxy.port(),
              "-Dhttp.proxyUser=ann",
              "-Dhttp.proxyPassword=secret");
      assertThat(said).isEqualTo("true 300000 1 true");
      assertThat(proxy.requests()).isNotEmpty().allMatch(r -> r.contains("store.invalid:8333"));
    }
  }

  @Test
  void proxyOfTheEnvironment_isUsed() throws Exception {
    try (ForwardProxy proxy = ForwardProxy.to(serverPort())) {
      String said = run(Map.of("http_proxy", "http://127.0.0.1:" + proxy.port()));
      assertThat(said).isEqualTo("true 300000 1 true");
      assertThat(proxy.requests()).isNotEmpty().allMatch(r -> r.contains("store.invalid:8333"));
    }
  }

  @Test
  void proxyThatWantsAUser_isAFailureThatSaysSo() throws Exception {
    try (ForwardProxy proxy = ForwardProxy.to(serverPort(), "ann", "secret")) {
      String said = run(Map.of(), "-Dhttp.proxyHost=127.0.0.1", "-Dhttp.proxyPort=" + proxy.port());
      assertThat(said)
          .startsWith("TRANSIENT: Cannot put a/k in s3://bucket: ")
          .contains("Could not connect to proxy");
      assertThat(proxy.requests()).isNotEmpty().allMatch(r -> r.endsWith(" 407"));
      assertThat(server.requests()).isEmpty();
    }
  }
}
