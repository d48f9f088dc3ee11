// SPDX-License-Identifier: Apache-2.0
/** The parts of the store on Azure Blob Storage. */
@NullMarked
package io.kmesh.cloud.azure.internal;

import org.jspecify.annotations.NullMarked;
