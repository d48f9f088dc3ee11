// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreUrl;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Uses a store in a process of its own, since what says a proxy is said to a whole process. */
final class ProxiedMain {
  private ProxiedMain() {}

  /**
   * Runs.
   *
   * @param arguments the endpoint
   */
  public static void main(String[] arguments) throws IOException {
    Map<String, String> options =
        Map.of("endpoint", arguments[0], "credentials", "anonymous", "region", "r");
    try (ObjectStore store = new S3Stores().open(new StoreUrl("s3", "bucket", "", options))) {
      BlockingObjectStore calls = store.blocking();
      byte[] bytes = new byte[300_000];
      bytes[77] = 7;
      calls.put("a/k", ByteBuffer.wrap(bytes), PutOptions.NONE);
      boolean isSame =
          calls.read("a/k", 0, 400_000, Condition.none()).data().equals(ByteBuffer.wrap(bytes));
      long size = calls.head("a/k").size();
      int listed = calls.list(ListRequest.prefix("a/")).objects().size();
      boolean isDeleted = calls.delete(List.of(DeleteTarget.of("a/k"))).get(0).error().isEmpty();
      System.out.println(isSame + " " + size + " " + listed + " " + isDeleted);
    } catch (ProviderException e) {
      System.out.println(e.kind() + ": " + e.getMessage());
    }
  }
}
