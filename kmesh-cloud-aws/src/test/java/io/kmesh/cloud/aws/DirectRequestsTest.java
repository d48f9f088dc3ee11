// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.cloud.aws.ScriptedS3.Answer;
import io.kmesh.cloud.aws.ScriptedS3.Request;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Cuts;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreUrl;
import io.kmesh.spi.store.Upload;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** What we send ourselves is what the SDK would send. */
class DirectRequestsTest extends ScriptedStoreTest {
  private static final List<String> OPTIONS =
      List.of("requester-pays", "on", "checksums", "when-supported");

  private S3AsyncClient sdk;

  @AfterEach
  void closeSdk() {
    if (sdk != null) {
      sdk.close();
    }
  }

  /** The same store on a client of the SDK. */
  private ObjectStore bySdk() throws IOException {
    sdk =
        S3AsyncClient.builder()
            .endpointOverride(URI.create(server.url()))
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsSessionCredentials.create(KEY_ID, SECRET, "TOKEN")))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .serviceConfiguration(c -> c.chunkedEncodingEnabled(false))
            .build();
    return S3Clients.open(sdk, new StoreUrl("s3", "bucket", "", options()));
  }

  private static Map<String, String> options() {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i < OPTIONS.size(); i += 2) {
      options.put(OPTIONS.get(i), OPTIONS.get(i + 1));
    }
    return options;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "k",
        "dir/key",
        "a b+c%d&e=f?g#h",
        "//x//y/",
        "/../.././x",
        "äöü/€/\uD83D\uDE00",
        "\n\t\u0001",
        "~!*'()-._:@,;$",
      })
  void requests_areTheSdks(String key) throws IOException {
    Sha256 sha = Sha256.parse("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    PutOptions put =
        new PutOptions(Condition.absent(), Map.of("mode", "0644", "text", "a   b"), null)
            .withStorageClass(new StorageClass("STANDARD_IA"));
    PutOptions replace = new PutOptions(Condition.matches("e1"), Map.of(), sha);
    List<Function<ObjectStore, CompletionStage<?>>> calls =
        List.of(
            s -> s.put(key, utf8("body"), put),
            s -> s.put(key, utf8(""), replace),
            s -> s.head(key),
            s -> s.read(key, 3, 5, Condition.matches("e1")),
            s -> s.readVersion(key, "v=1&2", 0, 5),
            s -> s.uploadPart(new Upload(key, "id/+=&"), 7, utf8("part")),
            s -> s.list(new ListRequest(key, null, 10)),
            s -> s.list(new ListRequest("", key, 1000)),
            s -> s.listLevel(key, '/', 10, "token+/="),
            s -> s.listLevel("", '/', 10, null));
    server.answers(r -> r.method().equals("HEAD") ? head() : Answer.of(200, "", "ETag", "\"e\""));
    ObjectStore direct = store(with("access-key-file", keyFile()));
    ObjectStore here = direct.onCallersThread(Cuts.NONE);
    ObjectStore sdks = bySdk();
    for (Function<ObjectStore, CompletionStage<?>> call : calls) {
      int before = server.requests().size();
      settle(call.apply(sdks));
      settle(call.apply(direct));
      settle(call.apply(here));
      Request expected = server.requests().get(before);
      isSame(server.requests().get(before + 1), expected);
      isSame(server.requests().get(before + 2), expected);
    }
  }

  private static void isSame(Request sent, Request expected) {
    assertThat(sent.method()).isEqualTo(expected.method());
    assertThat(path(sent)).isEqualTo(path(expected));
    assertThat(query(sent)).isEqualTo(query(expected));
    assertThat(sent.body()).isEqualTo(expected.body());
    assertThat(headers(sent)).as(sent.method() + " " + sent.target()).isEqualTo(headers(expected));
  }

  private String keyFile() throws IOException {
    java.nio.file.Path file = folder.resolve("session");
    java.nio.file.Files.write(
        file,
        List.of(
            "aws_access_key_id=" + KEY_ID,
            "aws_secret_access_key=" + SECRET,
            "aws_session_token=TOKEN"));
    return file.toString();
  }

  private static String[] with(String... more) {
    String[] all = Arrays.copyOf(OPTIONS.toArray(String[]::new), OPTIONS.size() + more.length);
    System.arraycopy(more, 0, all, OPTIONS.size(), more.length);
    return all;
  }

  /** What the server made of its answer is no matter here. */
  private static void settle(CompletionStage<?> stage) {
    try {
      Object unused = stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      assertThat(e).hasMessageNotContaining("Cannot connect");
    }
  }

  private static String path(Request request) {
    int query = request.target().indexOf('?');
    return query < 0 ? request.target() : request.target().substring(0, query);
  }

  private static List<String> query(Request request) {
    int query = request.target().indexOf('?');
    return query < 0
        ? List.of()
        : Arrays.stream(request.target().substring(query + 1).split("&", -1)).sorted().toList();
  }

  /** Without what differs from run to run, or is of the client itself. */
  private static Map<String, String> headers(Request request) {
    Map<String, String> headers = new TreeMap<>(request.headers());
    headers
        .keySet()
        .removeAll(
            List.of(
                "amz-sdk-invocation-id",
                "amz-sdk-request",
                "authorization",
                "content-type",
                "expect",
                "user-agent",
                "x-amz-date"));
    return headers;
  }
}
