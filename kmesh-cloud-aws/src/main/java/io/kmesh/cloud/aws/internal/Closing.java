// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes what one store opened, all of it whatever fails. */
final class Closing {
  private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

  private Closing() {}

  static void all(List<AutoCloseable> opened) {
    for (AutoCloseable resource : opened) {
      try {
        resource.close();
      } catch (Exception e) {
        LOG.warn("Cannot close {}", resource.getClass().getName(), e);
      }
    }
  }
}
