// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.gcs.FakeGcs;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;

/** Uses a store in a process of its own, since what says a proxy is said to a whole process. */
final class ProxiedMain {
  private ProxiedMain() {}

  /**
   * Runs.
   *
   * @param arguments the endpoint
   */
  public static void main(String[] arguments) throws IOException {
    try (ObjectStore store =
        GcsStore.builder("bucket")
            .endpoint(URI.create(arguments[0]))
            .credentials(GcsCredentials.token(FakeGcs.TOKEN))
            .build()) {
      BlockingObjectStore calls = store.blocking();
      ByteBuffer bytes = ByteBuffer.allocate(300_000).put(77, (byte) 7);
      calls.put("a/k", bytes, PutOptions.NONE);
      boolean isSame = calls.read("a/k", 0, 400_000, Condition.none()).data().equals(bytes);
      int listed = calls.list(ListRequest.prefix("a/")).objects().size();
      System.out.println(isSame + " " + calls.head("a/k").size() + " " + listed);
    } catch (ProviderException e) {
      System.out.println(e.kind() + ": " + e.getMessage());
    }
  }
}
