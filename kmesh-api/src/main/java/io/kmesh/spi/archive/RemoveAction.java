// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

/** A file whose copy goes. The file itself may be gone. */
public interface RemoveAction extends CopyAction {}
