"""Pictures that are made here: QR codes and the labels of lots."""
