// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.cloud.aws.ScriptedS3.Answer;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.StoreUrl;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of a store on a server that answers as they say. */
abstract class ScriptedStoreTest {
  static final String KEY_ID = "AKIDOFTHETEST";
  static final String SECRET = "the-secret-that-nobody-may-see";

  @TempDir Path folder;
  final List<ObjectStore> opened = new ArrayList<>();
  ScriptedS3 server;

  @BeforeEach
  void startServer() throws IOException {
    server = new ScriptedS3();
  }

  @AfterEach
  void stopServer() throws IOException {
    for (ObjectStore store : opened) {
      store.close();
    }
    server.close();
  }

  /** The store {@code s3://bucket} with keys from a file and further options. */
  ObjectStore store(String... options) throws IOException {
    Map<String, String> all = new TreeMap<>();
    all.put("endpoint", server.url());
    all.put("access-key-file", TestBucket.keyFile(folder, KEY_ID, SECRET).toString());
    for (int i = 0; i < options.length; i += 2) {
      all.put(options[i], options[i + 1]);
    }
    all.values().removeIf(String::isEmpty);
    ObjectStore store = new S3Stores().open(new StoreUrl("s3", "bucket", "", all));
    opened.add(store);
    return store;
  }

  static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  static <T> T done(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  static ProviderException failure(CompletionStage<?> stage) {
    try {
      Object value = stage.toCompletableFuture().join();
      throw new AssertionError("It succeeded with " + value);
    } catch (CompletionException e) {
      Throwable cause = e;
      while (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      assertThat(cause).isInstanceOf(ProviderException.class);
      return (ProviderException) cause;
    }
  }

  /** What a head of ten bytes answers. */
  static Answer head(String... headers) {
    Answer answer = Answer.of(200, "", headers);
    answer.headers().put("Content-Length", "10");
    answer.headers().put("ETag", "\"e1\"");
    answer.headers().put("Last-Modified", "Mon, 02 Nov 2026 10:00:00 GMT");
    return answer;
  }
}
