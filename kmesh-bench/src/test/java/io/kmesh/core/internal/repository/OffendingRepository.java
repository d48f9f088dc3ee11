// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository;

import io.kmesh.lustre.Fid;

/** A repository that knows Lustre. */
public final class OffendingRepository {
  /** Shows a FID. */
  public String show(Fid fid) {
    return fid.toString();
  }
}
