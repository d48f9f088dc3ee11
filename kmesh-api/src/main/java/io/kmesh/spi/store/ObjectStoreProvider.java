// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * Opens stores by URL; found by {@link java.util.ServiceLoader}, or handed to a builder.
 * Thread-safe.
 */
public interface ObjectStoreProvider {
  /** The schemes that it opens, in lower case, such as {@code s3}. */
  Set<String> schemes();

  /** The options that a URL's query may have. */
  List<StoreOption> options();

  /**
   * Opens a store. No request is made: what is wrong there shows at the first use.
   *
   * @param url the bucket or container, a prefix of its keys, and options
   * @throws IOException a {@link io.kmesh.spi.ProviderException}: INVALID for an unknown option or
   *     a wrong value, UNSUPPORTED when a library is missing that it needs
   */
  ObjectStore open(StoreUrl url) throws IOException;
}
